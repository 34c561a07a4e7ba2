import { Button } from "@mantine/core";
import type { FormEvent, ReactNode } from "react";
import type { Problem } from "../api/problem";
import { ProblemPanel } from "../state/ProblemPanel";
import { Dialog } from "./Dialog";
import classes from "./trust.module.css";

interface Props {
  title: string;
  doLabel: string;
  leaveLabel?: string;
  busy: boolean;
  /** whether there is something to do; else the form only shows */
  mayDo?: boolean;
  /** a further button */
  also?: ReactNode;
  /** what no field of the form says by itself */
  problem?: Problem | undefined;
  size?: "md" | "lg" | "xl";
  onSubmit: () => void;
  onClose: () => void;
  children: ReactNode;
}

/** A form in a dialog: Enter submits, Esc leaves, and an error keeps what was typed. */
export function FormDialog(props: Props) {
  const {
    title,
    doLabel,
    leaveLabel = "Cancel",
    busy,
    mayDo = true,
    also,
    problem,
    size = "md",
    onSubmit,
    onClose,
    children,
  } = props;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    event.stopPropagation(); // a dialog may stand in another form
    if (mayDo && !busy) onSubmit();
  };
  return (
    <Dialog onClose={onClose} title={title} size={size} closeOnClickOutside={false}>
      <form className={classes.form} onSubmit={submit} noValidate>
        {children}
        {problem && <ProblemPanel doing="managing" problem={problem} />}
        <div className={classes.buttons}>
          {mayDo && (
            <Button type="submit" loading={busy}>
              {doLabel}
            </Button>
          )}
          <Button variant="default" onClick={onClose}>
            {leaveLabel}
          </Button>
          {also && <div className={classes.barEnd}>{also}</div>}
        </div>
      </form>
    </Dialog>
  );
}

/** The server's message about a field, or what the form itself has to say. */
export function faultOf(problem: Problem | undefined, field: string, own?: string): string | undefined {
  return own ?? problem?.errors.find((error) => error.field === field)?.message;
}

/** A problem that no field of a form shows. */
export function besides(problem: Problem | undefined, ...fields: string[]): Problem | undefined {
  return problem?.errors.some((error) => fields.includes(error.field)) ? undefined : problem;
}
