import { MultiSelect, Radio } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { trustAccount, trustUsers } from "../policyTemplates";
import { usersQuery } from "../queries";
import classes from "../trust.module.css";

export type Trusted = "users" | "account" | "own";

interface Props {
  account: string;
  choice: Trusted;
  names: string[];
  error: string | undefined;
  onChange: (choice: Trusted, names: string[], text: string | undefined) => void;
}

/** Who may assume a role, in a few words; the policy says the same below. */
export function TrustChoice({ account, choice, names, error, onChange }: Props) {
  const { data } = useQuery(usersQuery);
  const textOf = (which: Trusted, who: string[]) =>
    which === "own" ? undefined : which === "account" ? trustAccount(account) : trustUsers(account, who);
  return (
    <>
      <Radio.Group
        label="Who may assume it"
        value={choice}
        onChange={(value) => onChange(value as Trusted, names, textOf(value as Trusted, names))}
      >
        <div className={classes.choices} data-tall>
          <Radio value="users" label="these users" description="They need no policy of their own for it." />
          <Radio
            value="account"
            label="anyone in the account whose own policies allow it"
            description="By the action sts:AssumeRole on this role."
          />
          <Radio value="own" label="whom the policy below names" />
        </div>
      </Radio.Group>
      {choice === "users" && (
        <MultiSelect
          label="Users"
          placeholder={names.length === 0 ? "Choose some" : ""}
          data={(data?.items ?? []).map((user) => user.name)}
          searchable
          limit={50}
          nothingFoundMessage="No such user"
          comboboxProps={{ withinPortal: false }}
          maxDropdownHeight={160}
          value={names}
          onChange={(who) => onChange(choice, who, textOf(choice, who))}
          error={error}
        />
      )}
    </>
  );
}
