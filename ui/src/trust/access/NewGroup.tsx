import { TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { trust } from "../api";
import { FormDialog } from "../FormDialog";
import { useChange } from "../useChange";
import { iamNameFault, iamNameRule } from "../words";

export function NewGroup({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [tried, setTried] = useState(false);
  const create = useChange({
    run: () => trust.createGroup(name),
    touches: [["groups"]],
    said: `The group ${name} is there.`,
    done: (group) => navigate({ to: "/access/groups/$name", params: { name: group.name } }),
  });
  const fault = iamNameFault(name, 128);
  return (
    <FormDialog
      title="Create group"
      doLabel="Create group"
      busy={create.busy}
      problem={create.problem}
      onSubmit={() => {
        setTried(true);
        if (!fault) create.go();
      }}
      onClose={onClose}
    >
      <TextInput
        label="Name"
        description={`${iamNameRule(128)} Users whose list names the group already are in it at once.`}
        autoComplete="off"
        spellCheck={false}
        required
        data-autofocus
        value={name}
        onChange={(event) => setName(event.currentTarget.value.trim())}
        error={tried ? fault : undefined}
      />
    </FormDialog>
  );
}
