import { Autocomplete, Button, TextInput } from "@mantine/core";
import { IconCircleCheck, IconCircleX } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import type { Explanation, Key } from "../../api/types";
import { useMe } from "../../session/session";
import { ProblemPanel } from "../../state/ProblemPanel";
import { trust } from "../api";
import classes from "../trust.module.css";
import { useChange } from "../useChange";

const actions = [
  "kms:Encrypt",
  "kms:Decrypt",
  "kms:GenerateDataKey",
  "kms:DescribeKey",
  "kms:DisableKey",
  "kms:PutKeyPolicy",
  "kms:ScheduleKeyDeletion",
  "kms:CreateGrant",
];

/** Asks the server whether somebody may do something with the key, and which rule decides. */
export function Explain({ value: key, draft }: { value: Key; draft: string | undefined }) {
  const { role } = useMe();
  const [principal, setPrincipal] = useState("");
  const [action, setAction] = useState("kms:Decrypt");
  const [tried, setTried] = useState(false);
  const [answer, setAnswer] = useState<Explanation>();
  const ask = useChange({
    run: () =>
      trust.explainKey(key.id, { principal, action, ...(draft === undefined ? {} : { policy: draft }) }),
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
      {answer && <Verdict answer={answer} draft={draft !== undefined} grants={key.grants} />}
    </form>
  );
}

function Verdict({ answer, draft, grants }: { answer: Explanation; draft: boolean; grants: number }) {
  const Icon = answer.allowed ? IconCircleCheck : IconCircleX;
  return (
    <div className={classes.verdict} role="status">
      <Icon size={18} aria-hidden className={answer.allowed ? classes.good : classes.failure} />
      <div>
        <strong>{answer.allowed ? "Allowed" : "Denied"}</strong>
        {draft && " by the policy as it is typed here, which is not saved"}
        <div>{answer.why}.</div>
        {answer.needed && <div>It would need {answer.needed}.</div>}
        {grants > 0 && !answer.allowed && (
          <div className={classes.quiet}>
            The question has no encryption context, so grants that want one do not count.
          </div>
        )}
      </div>
    </div>
  );
}
