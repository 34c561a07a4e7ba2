import { NumberInput, TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { trust } from "../api";
import { FormDialog } from "../FormDialog";
import { Pairs } from "../Pairs";
import { besidesPolicy, PolicyField } from "../PolicyField";
import { filled, type Pair, pairsFault } from "../pairs";
import { trustAccount } from "../policyTemplates";
import { jsonMistake } from "../policyText";
import { useChange } from "../useChange";
import { iamNameFault, iamNameRule, minutesFault } from "../words";
import { TrustChoice, type Trusted } from "./TrustChoice";
import { useAccount } from "./useAccount";

export function NewRole({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const account = useAccount();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [choice, setChoice] = useState<Trusted>("account");
  const [names, setNames] = useState<string[]>([]);
  const [draft, setDraft] = useState<string>();
  const [minutes, setMinutes] = useState<number | string>(60);
  const [tags, setTags] = useState<Pair[]>([]);
  const [tried, setTried] = useState(false);
  const text = draft ?? trustAccount(account);
  const create = useChange({
    run: () =>
      trust.createRole({
        name,
        trust: text,
        maxSession: Number(minutes) * 60,
        tags: filled(tags),
        ...(description === "" ? {} : { description }),
      }),
    touches: [["roles"]],
    said: `The role ${name} is there. It may do nothing until it has a policy.`,
    done: (role) => navigate({ to: "/access/roles/$name", params: { name: role.name } }),
  });
  const faults = {
    name: iamNameFault(name, 64),
    users: choice === "users" && names.length === 0 ? "Choose at least one user." : undefined,
    minutes: minutesFault(minutes),
    tags: pairsFault(tags, 50),
  };
  const submit = () => {
    setTried(true);
    if (!Object.values(faults).some(Boolean) && !jsonMistake(text)) create.go();
  };
  return (
    <FormDialog
      title="Create role"
      size="lg"
      doLabel="Create role"
      busy={create.busy}
      problem={besidesPolicy(create.problem)}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextInput
        label="Name"
        description={iamNameRule(64)}
        autoComplete="off"
        spellCheck={false}
        required
        data-autofocus
        value={name}
        onChange={(event) => setName(event.currentTarget.value.trim())}
        error={tried ? faults.name : undefined}
      />
      <TextInput
        label="Description"
        autoComplete="off"
        maxLength={1000}
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
      />
      <TrustChoice
        account={account}
        choice={choice}
        names={names}
        error={tried ? faults.users : undefined}
        onChange={(which, who, written) => {
          setChoice(which);
          setNames(who);
          if (written !== undefined) setDraft(written);
        }}
      />
      <PolicyField
        label="Trust policy"
        value={text}
        problem={create.problem}
        tried={tried}
        onChange={(next) => {
          setDraft(next);
          setChoice("own");
          if (create.problem) create.reset();
        }}
      />
      <Minutes value={minutes} onChange={setMinutes} error={tried ? faults.minutes : undefined} />
      <Pairs
        label="Tags"
        nameLabel="Tag"
        pairs={tags}
        most={50}
        error={tried ? faults.tags : undefined}
        onChange={setTags}
      />
    </FormDialog>
  );
}

interface MinutesProps {
  value: number | string;
  onChange: (minutes: number | string) => void;
  error: string | undefined;
}

/** How long a session of a role may be. */
export function Minutes({ value, onChange, error }: MinutesProps) {
  return (
    <NumberInput
      label="Longest session, in minutes"
      description="60 to 720. Who assumes the role may ask for less."
      allowDecimal={false}
      allowNegative={false}
      value={value}
      onChange={onChange}
      error={error}
    />
  );
}
