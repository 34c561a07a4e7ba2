import { IconCircleCheck, IconCircleX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Explanation } from "../api/types";
import classes from "./trust.module.css";

interface Props {
  answer: Explanation;
  /** the policy that was asked about is not saved */
  draft?: boolean;
  /** what one should know beside a denial */
  note?: ReactNode;
}

/** Whether something is allowed, which rule decides, and what would allow it. */
export function Verdict({ answer, draft = false, note }: Props) {
  const Icon = answer.allowed ? IconCircleCheck : IconCircleX;
  return (
    <div className={classes.verdict} role="status">
      <Icon size={18} aria-hidden className={answer.allowed ? classes.good : classes.failure} />
      <div>
        <strong>{answer.allowed ? "Allowed" : "Denied"}</strong>
        {draft && " by the policy as it is typed here, which is not saved"}
        <div>{answer.why}.</div>
        {answer.needed && <div>It would need {answer.needed}.</div>}
        {note && !answer.allowed && <div className={classes.quiet}>{note}</div>}
      </div>
    </div>
  );
}
