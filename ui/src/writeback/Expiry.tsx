import { Button } from "@mantine/core";
import { useEffect, useState } from "react";
import { exactUtc, formatClock, formatRemaining } from "../format/format";
import classes from "./action.module.css";

interface Props {
  at: string;
  expired: boolean;
  onExpired: () => void;
  onRenew: () => void;
  busy: boolean;
}

/** How long the offer holds: quiet until the last minute, then a word and a way out. */
export function Expiry({ at, expired, onExpired, onRenew, busy }: Props) {
  const left = useRemaining(at);
  useEffect(() => {
    if (left <= 0 && !expired) onExpired();
  }, [left, expired, onExpired]);
  if (left <= 0) {
    return (
      <div className={classes.expired} role="alert">
        <span>This offer has expired. What you typed stays.</span>
        <Button size="xs" variant="default" onClick={onRenew} loading={busy}>
          Refresh the row
        </Button>
      </div>
    );
  }
  const soon = left < 60_000;
  return (
    <span className={soon ? classes.expiringSoon : classes.hint} title={exactUtc(at)}>
      This offer holds until {formatClock(at).slice(0, 5)} ({formatRemaining(left)} left)
    </span>
  );
}

function useRemaining(at: string): number {
  const end = new Date(at).getTime();
  const [now, setNow] = useState(() => Date.now());
  const left = end - now;
  useEffect(() => {
    if (left <= 0) return;
    const pause = left > 120_000 ? 10_000 : 1000;
    const timer = setTimeout(() => setNow(Date.now()), Math.min(pause, left + 10));
    return () => clearTimeout(timer);
  }, [left]);
  return left;
}
