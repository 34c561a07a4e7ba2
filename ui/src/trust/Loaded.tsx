import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { asProblem } from "../api/problem";
import { Delayed, Lines } from "../state/Delayed";
import { ProblemPanel } from "../state/ProblemPanel";

interface Props<T> {
  query: UseQueryResult<T>;
  lines?: number;
  whole?: boolean;
  children: (data: T) => ReactNode;
}

/** What a query gave: its data, lines in their shape while it runs, or what went wrong and the next step. */
export function Loaded<T>({ query, lines = 3, whole = false, children }: Props<T>) {
  const { data, error, isFetching, refetch } = query;
  if (data !== undefined) return children(data);
  if (!error)
    return (
      <Delayed>
        <Lines count={lines} height={22} gap={8} />
      </Delayed>
    );
  const problem = asProblem(error);
  const known = problem.code === "denied" || problem.code === "not_found";
  return (
    <ProblemPanel
      whole={whole}
      doing={problem.code === "denied" ? "managing" : "reading"}
      problem={problem}
      {...(known ? {} : { stepLabel: "Try again", onStep: () => refetch() })}
      busy={isFetching}
    />
  );
}
