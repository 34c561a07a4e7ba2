import { Skeleton } from "@mantine/core";
import { type ReactNode, useEffect, useState } from "react";
import classes from "./states.module.css";

/** Shows its children only when waiting has lasted: a fast answer never flashes a skeleton. */
export function Delayed({ children, after = 200 }: { children: ReactNode; after?: number }) {
  const [due, setDue] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setDue(true), after);
    return () => clearTimeout(timer);
  }, [after]);
  return due ? children : null;
}

/** Lines in the shape of what will come. */
export function Lines({ count, height = 14, gap = 16 }: { count: number; height?: number; gap?: number }) {
  return (
    <div role="status" aria-label="Loading" style={{ display: "grid", gap }}>
      {Array.from({ length: count }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines are all the same and never move
        <Skeleton key={index} height={height} width={`${92 - ((index * 17) % 38)}%`} />
      ))}
    </div>
  );
}

interface EmptyProps {
  title: string;
  children?: ReactNode;
  step?: ReactNode;
}

/** Nothing to show, why, and the one thing to do about it. */
export function Empty({ title, children, step }: EmptyProps) {
  return (
    <div className={classes.empty}>
      <div className={classes.emptyTitle}>{title}</div>
      {children && <div>{children}</div>}
      {step}
    </div>
  );
}
