import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { adviceFor } from "../api/advice";
import type { Problem } from "../api/problem";
import type { Change, NamedValue } from "../api/types";
import { formatValue, nothing } from "../format/format";
import { ProblemPanel } from "../state/ProblemPanel";
import classes from "./action.module.css";

/** How the form gets a new offer for its row. */
export interface Refresh {
  onRenew: (changes?: Change[]) => void;
  busy: boolean;
  problem?: Problem;
  gone?: boolean;
}

interface Props {
  problem: Problem;
  refresh: Refresh;
  onRetry: () => void;
  busy: boolean;
  onClose: () => void;
  /** reading while the form itself has not come yet: then nothing was typed */
  doing?: "writing" | "reading";
  /** what the form knows of the changed fields, for their formats */
  signed?: NamedValue[];
}

/** A problem of a form, with the one step that mends it. */
export function ActionProblem({
  problem,
  refresh,
  onRetry,
  busy,
  onClose,
  doing = "writing",
  signed = [],
}: Props) {
  const { step } = adviceFor(problem, doing);
  const wait = useWait(problem);
  const steps: Partial<Record<typeof step, () => void>> = {
    retry: onRetry,
    wait: wait > 0 ? undefined : onRetry,
    refresh_row: () => refresh.onRenew(),
    use_new_values: () => refresh.onRenew(problem.changes),
    reload: () => window.location.reload(),
  };
  const place = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each new problem comes into sight, wherever one has scrolled
  useEffect(() => {
    place.current?.scrollIntoView({ block: "nearest" }); // gives a promise in newer browsers: an effect must not return it
  }, [problem, refresh.gone]);
  return (
    <div className={classes.problems} ref={place}>
      <ProblemPanel problem={problem} doing={doing} onStep={steps[step]} busy={busy || refresh.busy}>
        {problem.changes.length > 0 && <Changes changes={problem.changes} signed={signed} />}
        {step === "wait" && wait > 0 && <span>{wait} s left.</span>}
        {problem.receiptId !== "" && (
          <Link to="/receipts/$id" params={{ id: problem.receiptId }}>
            Open the receipt of the first write
          </Link>
        )}
      </ProblemPanel>
      <RenewalNews refresh={refresh} onClose={onClose} />
    </div>
  );
}

/** What came of asking for a new offer, when it was not a new offer. */
export function RenewalNews({ refresh, onClose }: { refresh: Refresh; onClose: () => void }) {
  return (
    <>
      {refresh.problem && (
        <ProblemPanel
          doing="reading"
          problem={refresh.problem}
          stepLabel="Try again"
          onStep={() => refresh.onRenew()}
          busy={refresh.busy}
        />
      )}
      {refresh.gone && (
        <div role="alert">
          <p>
            This row does not offer the action any more: it changed, left this view, or is no longer yours.
          </p>
          <Button variant="default" size="xs" onClick={onClose}>
            Back to the table
          </Button>
        </div>
      )}
    </>
  );
}

/** Counts down what the server asked to wait. */
function useWait(problem: Problem): number {
  const [left, setLeft] = useState(Math.ceil(problem.retryAfter));
  useEffect(() => {
    setLeft(Math.ceil(problem.retryAfter));
    if (problem.retryAfter <= 0) return;
    const timer = setInterval(() => setLeft((now) => Math.max(0, now - 1)), 1000);
    return () => clearInterval(timer);
  }, [problem]);
  return left;
}

function Changes({ changes, signed }: { changes: Change[]; signed: NamedValue[] }) {
  const show = (change: Change, value: Change["was"]) => {
    const known = signed.find((one) => one.name === change.field);
    if (value === null) return nothing;
    return known ? formatValue(value, known) : String(value);
  };
  return (
    <table className={classes.changes}>
      <thead>
        <tr>
          <th scope="col">Field</th>
          <th scope="col">Was</th>
          <th scope="col">Now</th>
        </tr>
      </thead>
      <tbody>
        {changes.map((change) => (
          <tr key={change.field}>
            <th scope="row">{change.label || change.field}</th>
            <td className={classes.was}>{show(change, change.was)}</td>
            <td className={classes.now}>{show(change, change.now)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
