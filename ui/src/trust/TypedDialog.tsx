import { Button, TextInput } from "@mantine/core";
import { type FormEvent, type ReactNode, useState } from "react";
import type { Problem } from "../api/problem";
import { ProblemPanel } from "../state/ProblemPanel";
import { Dialog } from "./Dialog";
import classes from "./trust.module.css";
import { names } from "./words";

interface Props {
  title: string;
  /** what is asked to be typed: the first is shown, the others are taken too */
  accepted: string[];
  what: string;
  doLabel: string;
  busy: boolean;
  problem: Problem | undefined;
  onDo: () => void;
  onClose: () => void;
  children: ReactNode;
}

/** Says what will stop working, and goes on only when the thing's own name was typed. */
export function TypedDialog(props: Props) {
  const { title, accepted, what, doLabel, busy, problem, onDo, onClose, children } = props;
  const [typed, setTyped] = useState("");
  const [tried, setTried] = useState(false);
  const right = names(typed, ...accepted);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (right && !busy) onDo();
  };
  return (
    <Dialog onClose={onClose} title={title} size="lg">
      <form className={classes.form} onSubmit={submit} noValidate>
        {children}
        {problem && <ProblemPanel doing="managing" problem={problem} />}
        <TextInput
          label={`Type ${what} to confirm`}
          description={<span className="mono breakable">{accepted[0]}</span>}
          autoComplete="off"
          spellCheck={false}
          data-autofocus
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          error={tried && !right ? `This is not it: type ${accepted[0]}.` : undefined}
        />
        <div className={classes.buttons}>
          <Button type="submit" color="red" loading={busy}>
            {doLabel}
          </Button>
          <Button variant="default" onClick={onClose}>
            Leave it as it is
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
