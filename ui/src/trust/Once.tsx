import { Button } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { CopyIcon } from "../state/ProblemPanel";
import { Dialog } from "./Dialog";
import classes from "./trust.module.css";

interface Props {
  title: string;
  warning: ReactNode;
  doneLabel: string;
  onDone: () => void;
  children: ReactNode;
}

/** The one time that something is shown: a press beside the dialog does not close it. */
export function Once({ title, warning, doneLabel, onDone, children }: Props) {
  return (
    <Dialog
      onClose={onDone}
      title={title}
      size="lg"
      closeOnClickOutside={false}
      closeOnEscape={false}
      withCloseButton={false}
    >
      <div className={classes.form}>
        <div className={classes.verdict}>
          <IconAlertTriangle size={18} aria-hidden className={classes.attention} />
          <div>{warning}</div>
        </div>
        {children}
        <div>
          <Button onClick={onDone} data-autofocus>
            {doneLabel}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}

/** A text to be copied whole. */
export function Copyable({ label, value }: { label: string; value: string }) {
  return (
    <div>
      <div className={classes.note}>{label}</div>
      <div className={classes.copyable}>
        <code data-value={label}>{value}</code>
        <CopyIcon value={value} label={`Copy ${label.toLowerCase()}`} />
      </div>
    </div>
  );
}
