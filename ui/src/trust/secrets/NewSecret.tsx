import { Textarea, TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { FormDialog } from "../FormDialog";
import { useChange } from "../useChange";
import { vault } from "./api";
import { KeyChoice } from "./KeyChoice";
import { isSound, noDraft, textOf, ValueForm } from "./ValueForm";
import { nameFault, nameRule } from "./value";
import { secretSearch } from "./words";

/** Makes a secret with its first value. A press beside the dialog loses nothing. */
export function NewSecret({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [key, setKey] = useState("");
  const [draft, setDraft] = useState(noDraft);
  const [tried, setTried] = useState(false);
  const create = useChange({
    run: () =>
      vault.create({
        name,
        text: textOf(draft),
        ...(description === "" ? {} : { description }),
        ...(key === "" ? {} : { key }),
      }),
    touches: [["secrets"]],
    said: (secret) => `Secret ${secret.name} is there.`,
    done: (secret) => navigate({ to: "/secrets", search: secretSearch(secret.name) }),
  });
  const fault = nameFault(name);
  const submit = () => {
    setTried(true);
    if (!fault && isSound(draft)) create.go();
  };
  return (
    <FormDialog
      title="Create secret"
      doLabel="Create secret"
      size="lg"
      busy={create.busy}
      problem={create.problem}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextInput
        label="Name"
        description={nameRule}
        autoComplete="off"
        spellCheck={false}
        required
        data-autofocus
        maxLength={512}
        value={name}
        onChange={(event) => setName(event.currentTarget.value.trim())}
        error={tried ? fault : undefined}
      />
      <ValueForm draft={draft} onChange={setDraft} tried={tried} />
      <Textarea
        label="Description"
        description="What it opens, for those who come after you. It is not secret."
        autosize
        minRows={1}
        maxRows={5}
        maxLength={2048}
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
      />
      <KeyChoice value={key} onChange={setKey} />
    </FormDialog>
  );
}
