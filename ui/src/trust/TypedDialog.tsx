import { Button, Modal, TextInput } from "@mantine/core";
import { type FormEvent, type ReactNode, useState } from "react";
import type { Problem } from "../api/problem";
import { ProblemPanel } from "../state/ProblemPanel";
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
    <Modal opened onClose={onClose} title={title} size="lg" closeButtonProps={{ "aria-label": "Close" }}>
      <form className={classes.form} onSubmit={submit} noValidate>
        {children}
        {problem && <ProblemPanel doing="managing" problem={problem} />}
        <TextInput
          label={`${what} to confirm`}
          description={
            <>
              Type <span className="mono breakable">{accepted[0]}</span>
            </>
          }
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
    </Modal>
  );
}
