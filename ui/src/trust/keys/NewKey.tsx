import { Button, Textarea, TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { ProblemPanel } from "../../state/ProblemPanel";
import { trust } from "../api";
import { Dialog } from "../Dialog";
import classes from "../trust.module.css";
import { useChange } from "../useChange";
import { aliasFault, aliasRule, keyName } from "../words";

/** Makes a symmetric key; other kinds are made by AWS clients. */
export function NewKey({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const [alias, setAlias] = useState("");
  const [description, setDescription] = useState("");
  const [tried, setTried] = useState(false);
  const create = useChange({
    run: () => trust.createKey({ alias, ...(description === "" ? {} : { description }) }),
    touches: [["keys"]],
    said: (key) => `Key ${keyName(key)} is there, and enabled.`,
    done: (key) => navigate({ to: "/keys/$id", params: { id: key.id } }),
  });
  const fault = aliasFault(alias);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!fault && !create.busy) create.go();
  };
  return (
    <Dialog onClose={onClose} title="Create key">
      <form className={classes.form} onSubmit={submit} noValidate>
        <p className={classes.note}>
          A symmetric key for encrypting (AES-256). Who may use it is left to the policies of users, groups
          and roles until you change its own.
        </p>
        {create.problem && <ProblemPanel doing="managing" problem={create.problem} />}
        <TextInput
          label="Alias"
          description={aliasRule}
          autoComplete="off"
          spellCheck={false}
          required
          data-autofocus
          value={alias}
          onChange={(event) => setAlias(event.currentTarget.value.trim())}
          error={tried ? fault : undefined}
        />
        <Textarea
          label="Description"
          description="What it protects, for those who come after you."
          autosize
          minRows={2}
          maxRows={6}
          maxLength={8192}
          value={description}
          onChange={(event) => setDescription(event.currentTarget.value)}
        />
        <div className={classes.buttons}>
          <Button type="submit" loading={create.busy}>
            Create key
          </Button>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
