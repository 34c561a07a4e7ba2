import { Autocomplete, Checkbox, Radio, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Key } from "../../api/types";
import { useMe } from "../../session/session";
import { trust } from "../api";
import { FormDialog } from "../FormDialog";
import { Pairs } from "../Pairs";
import { asRecord, filled, type Pair, pairsFault } from "../pairs";
import { entitiesQuery, usersQuery } from "../queries";
import classes from "../trust.module.css";
import { useChange } from "../useChange";
import { keyName } from "../words";
import { grantNameFault, grantNameRule, grantOperations, isSymmetric, principalOf } from "./grantText";

type Constraint = "none" | "subset" | "equals";

/** As many pairs as a grant can ask for. */
const mostPairs = 8;

export function NewGrant({ value: key, onClose }: { value: Key; onClose: () => void }) {
  const people = usePeople();
  const [grantee, setGrantee] = useState("");
  const [operations, setOperations] = useState<string[]>([]);
  const [constraint, setConstraint] = useState<Constraint>("none");
  const [pairs, setPairs] = useState<Pair[]>([{ key: "", value: "" }]);
  const [retiring, setRetiring] = useState("");
  const [name, setName] = useState("");
  const [tried, setTried] = useState(false);
  const to = people.find(grantee);
  const retirer = people.find(retiring);
  const record = constraint === "none" ? undefined : asRecord(pairs);
  const create = useChange({
    run: () =>
      trust.createGrant(key.id, {
        grantee: to ?? "",
        operations,
        ...(name === "" ? {} : { name }),
        ...(retirer ? { retiring: retirer } : {}),
        ...(record ? { [constraint]: record } : {}),
      }),
    touches: [["key", key.id], ["keys"]],
    said: `${grantee} may use ${keyName(key)}, from the next request on.`,
    done: onClose,
  });
  const unknown = "There is no such user: name one, or write an ARN.";
  const faults = {
    grantee: grantee === "" ? "Name a user, or write an ARN." : to ? undefined : unknown,
    operations: operations.length === 0 ? "Choose at least one." : undefined,
    pairs:
      constraint === "none"
        ? undefined
        : filled(pairs).length === 0
          ? "Write at least one pair."
          : pairsFault(pairs, mostPairs),
    retiring: retiring !== "" && !retirer ? unknown : undefined,
    name: grantNameFault(name),
  };
  const shown = tried ? faults : undefined;
  return (
    <FormDialog
      title={`Grant a use of ${keyName(key)}`}
      size="lg"
      doLabel="Create grant"
      busy={create.busy}
      problem={create.problem}
      onSubmit={() => {
        setTried(true);
        if (!Object.values(faults).some(Boolean)) create.go();
      }}
      onClose={onClose}
    >
      <p className={classes.note}>
        A grant holds beside the policies, until it is ended. Only a Deny of a policy is stronger.
      </p>
      <Principal
        label="To"
        description="A user’s name, role/ with a role’s name, an ARN, or an account."
        value={grantee}
        onChange={setGrantee}
        names={people.names}
        error={shown?.grantee}
        focus
      />
      <Checkbox.Group
        label="For"
        value={operations}
        onChange={setOperations}
        error={shown?.operations}
        required
      >
        <div className={classes.operations}>
          {grantOperations(key).map((operation) => (
            <Checkbox key={operation} value={operation} label={operation} />
          ))}
        </div>
      </Checkbox.Group>
      {isSymmetric(key) && (
        <>
          <Radio.Group
            label="With which encryption context"
            value={constraint}
            onChange={(value) => setConstraint(value as Constraint)}
          >
            <div className={classes.choices}>
              <Radio value="none" label="any" />
              <Radio value="subset" label="one that holds these pairs" />
              <Radio value="equals" label="exactly these pairs" />
            </div>
          </Radio.Group>
          {constraint !== "none" && (
            <Pairs
              label="Pairs"
              nameLabel="Name"
              pairs={pairs}
              most={mostPairs}
              error={shown?.pairs}
              onChange={setPairs}
            />
          )}
        </>
      )}
      <Principal
        label="Who may end it besides"
        description="Whoever looks after the key may in any case. May stay empty."
        value={retiring}
        onChange={setRetiring}
        names={people.names}
        error={shown?.retiring}
      />
      <TextInput
        label="Name"
        description={`${grantNameRule} The same grant of the same name is made only once. May stay empty.`}
        autoComplete="off"
        spellCheck={false}
        value={name}
        onChange={(event) => setName(event.currentTarget.value.trim())}
        error={shown?.name}
      />
    </FormDialog>
  );
}

/** Users and roles, as far as one may list them. */
function usePeople() {
  const { may } = useMe();
  const { data: users } = useQuery({ ...usersQuery, enabled: may.access });
  const { data: roles } = useQuery({ ...entitiesQuery("roles"), enabled: may.access });
  const names = [
    ...(users?.items ?? []).map((user) => user.name),
    ...(roles?.items ?? []).map((role) => `role/${role.name}`),
  ];
  return { names, find: (text: string) => principalOf(text, users?.items ?? [], roles?.items ?? []) };
}

interface PrincipalProps {
  label: string;
  description: string;
  value: string;
  onChange: (value: string) => void;
  names: string[];
  error: string | undefined;
  focus?: boolean;
}

function Principal({ label, description, value, onChange, names, error, focus = false }: PrincipalProps) {
  return (
    <Autocomplete
      label={label}
      description={description}
      data={names}
      limit={50}
      maxDropdownHeight={180}
      comboboxProps={{ withinPortal: false }}
      spellCheck={false}
      required={focus}
      data-autofocus={focus || undefined}
      value={value}
      onChange={(next) => onChange(next.trim())}
      error={error}
    />
  );
}
