import { Autocomplete, Button, TextInput } from "@mantine/core";
import { type FormEvent, type ReactNode, useState } from "react";
import type { Explanation } from "../api/types";
import { useMe } from "../session/session";
import { ProblemPanel } from "../state/ProblemPanel";
import classes from "./trust.module.css";
import { useChange } from "./useChange";
import { Verdict } from "./Verdict";

interface Props {
  actions: string[];
  /** the action that is asked about most */
  usual: string;
  draft: string | undefined;
  ask: (question: { principal: string; action: string; policy?: string }) => Promise<Explanation>;
  /** what one should know beside a denial */
  denied?: ReactNode;
}

/** Asks the server whether somebody may do something with a thing, and which rule decides. */
export function Explain({ actions, usual, draft, ask: put, denied }: Props) {
  const { role } = useMe();
  const [principal, setPrincipal] = useState("");
  const [action, setAction] = useState(usual);
  const [tried, setTried] = useState(false);
  const [answer, setAnswer] = useState<Explanation>();
  const ask = useChange({
    run: () => put({ principal, action, ...(draft === undefined ? {} : { policy: draft }) }),
    touches: [],
    done: (found: Explanation) => setAnswer(found),
  });
  // Others' policies are for administrators to read.
  if (role !== "admin") return null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    setAnswer(undefined);
    if (principal !== "" && action !== "" && !ask.busy) ask.go();
  };
  return (
    <form className={classes.form} style={{ gap: 8 }} onSubmit={submit} noValidate aria-label="Explain">
      <div className={classes.ask}>
        <TextInput
          label="May this user or role"
          placeholder="a user’s name, or a role’s ARN"
          autoComplete="off"
          spellCheck={false}
          value={principal}
          onChange={(event) => setPrincipal(event.currentTarget.value.trim())}
          error={tried && principal === "" ? "Name a user or a role." : undefined}
        />
        <Autocomplete label="do this" data={actions} value={action} onChange={setAction} spellCheck={false} />
        <Button type="submit" variant="default" loading={ask.busy}>
          Explain
        </Button>
      </div>
      {ask.problem && <ProblemPanel doing="managing" problem={ask.problem} />}
      {answer && <Verdict answer={answer} draft={draft !== undefined} note={denied} />}
    </form>
  );
}
