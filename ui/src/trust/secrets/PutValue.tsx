import { Button } from "@mantine/core";
import { useState } from "react";
import { asProblem, type Problem } from "../../api/problem";
import { noticeSignOut } from "../../api/queries";
import type { Secret } from "../../api/types";
import { ProblemPanel } from "../../state/ProblemPanel";
import { FormDialog } from "../FormDialog";
import classes from "../trust.module.css";
import { useChange } from "../useChange";
import { vault } from "./api";
import { mayDo } from "./SecretPage";
import { draftOf, isFilled, isSound, noDraft, textOf, ValueForm } from "./ValueForm";

/** Stores a new value. It begins empty; beginning with the current one is a reading like any other. */
export function PutValue({ value: secret, onClose }: { value: Secret; onClose: () => void }) {
  const [draft, setDraft] = useState(noDraft);
  const [tried, setTried] = useState(false);
  const [reading, setReading] = useState(false);
  const [refused, setRefused] = useState<Problem>();
  const [opened, setOpened] = useState(false);
  const put = useChange({
    run: () => vault.put(secret.name, textOf(draft)),
    touches: [["secret", secret.name], ["secrets"]],
    said: "The new value is the current one, from the next reading on. The one before is kept as AWSPREVIOUS.",
    done: onClose,
  });
  const begin = async () => {
    setReading(true);
    setRefused(undefined);
    try {
      const { text } = await vault.reveal(secret.name, undefined, undefined);
      setDraft(draftOf(text ?? ""));
      setOpened(true);
    } catch (error) {
      noticeSignOut(error);
      setRefused(asProblem(error));
    } finally {
      setReading(false);
    }
  };
  const submit = () => {
    setTried(true);
    if (isSound(draft)) put.go();
  };
  const mayBegin = secret.state !== "empty" && mayDo(secret, "GetSecretValue") && !opened;
  return (
    <FormDialog
      title="Store a new value"
      doLabel="Store the value"
      size="lg"
      busy={put.busy}
      problem={put.problem}
      onSubmit={submit}
      onClose={onClose}
    >
      {mayBegin && (
        <div className={classes.line}>
          <span className={`${classes.note} ${classes.lineWords}`}>
            To change one part of it, begin with the current value: that reveals it, on record.
          </span>
          <Button size="xs" variant="default" loading={reading} disabled={isFilled(draft)} onClick={begin}>
            Begin with the current value
          </Button>
        </div>
      )}
      {refused && <ProblemPanel doing="managing" problem={refused} />}
      <ValueForm draft={draft} onChange={setDraft} tried={tried} />
      <p className={classes.note}>
        This changes the secret only. A password must also be changed where it opens something; a rotation
        does both.
      </p>
    </FormDialog>
  );
}
