import { TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { trust } from "../api";
import { FormDialog } from "../FormDialog";
import { besidesPolicy, PolicyField } from "../PolicyField";
import { templates } from "../policyTemplates";
import { jsonMistake } from "../policyText";
import { useChange } from "../useChange";
import { iamNameFault, iamNameRule } from "../words";
import { Templates } from "./Templates";
import { useAccount } from "./useAccount";

/** Makes a managed policy, which can be attached to many. */
export function NewPolicy({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const account = useAccount();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [draft, setDraft] = useState<string>();
  const [tried, setTried] = useState(false);
  const text = draft ?? templates[0]?.text(account) ?? "";
  const create = useChange({
    run: () => trust.createPolicy({ name, policy: text, ...(description === "" ? {} : { description }) }),
    touches: [["policies"]],
    said: `The policy ${name} is there. It holds for nobody until it is attached.`,
    done: (policy) => navigate({ to: "/access/policy", search: { arn: [policy.arn] } as never }),
  });
  const write = (next: string) => {
    setDraft(next);
    if (create.problem) create.reset();
  };
  const fault = iamNameFault(name, 128);
  return (
    <FormDialog
      title="Create policy"
      size="lg"
      doLabel="Create policy"
      busy={create.busy}
      problem={besidesPolicy(create.problem)}
      onSubmit={() => {
        setTried(true);
        if (!fault && !jsonMistake(text)) create.go();
      }}
      onClose={onClose}
    >
      <TextInput
        label="Name"
        description={iamNameRule(128)}
        autoComplete="off"
        spellCheck={false}
        required
        data-autofocus
        value={name}
        onChange={(event) => setName(event.currentTarget.value.trim())}
        error={tried ? fault : undefined}
      />
      <TextInput
        label="Description"
        autoComplete="off"
        maxLength={1000}
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
      />
      <Templates account={account} onPick={write} />
      <PolicyField label="Policy" value={text} problem={create.problem} tried={tried} onChange={write} />
    </FormDialog>
  );
}
