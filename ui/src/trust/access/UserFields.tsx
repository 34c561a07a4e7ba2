import { Radio, TagsInput, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Problem } from "../../api/problem";
import type { Role } from "../../api/types";
import { roleMeaning } from "../../session/roles";
import { faultOf } from "../FormDialog";
import { entitiesQuery, usersQuery } from "../queries";
import classes from "../trust.module.css";

export interface UserDraft {
  displayName: string;
  role: Role;
  groups: string[];
}

interface Props {
  draft: UserDraft;
  onChange: (change: Partial<UserDraft>) => void;
  problem: Problem | undefined;
  autoFocus?: boolean;
}

const roles: Role[] = ["reader", "author", "admin"];

/** What an administrator can say about a user besides the name. */
export function UserFields({ draft, onChange, problem, autoFocus = false }: Props) {
  return (
    <>
      <TextInput
        label="Display name"
        description="What others read; the name itself when left empty."
        autoComplete="off"
        maxLength={100}
        data-autofocus={autoFocus || undefined}
        value={draft.displayName}
        onChange={(event) => onChange({ displayName: event.currentTarget.value })}
        error={faultOf(problem, "displayName")}
      />
      <Radio.Group label="Role" value={draft.role} onChange={(role) => onChange({ role: role as Role })}>
        <div className={classes.choices} data-tall>
          {roles.map((role) => (
            <Radio key={role} value={role} label={role} description={roleMeaning[role]} />
          ))}
        </div>
      </Radio.Group>
      <Groups
        value={draft.groups}
        onChange={(groups) => onChange({ groups })}
        error={faultOf(problem, "groups")}
      />
    </>
  );
}

interface GroupsProps {
  value: string[];
  onChange: (groups: string[]) => void;
  error: string | undefined;
}

/** Groups by name: those that have policies, and those that only the project's rules know. */
function Groups({ value, onChange, error }: GroupsProps) {
  const { data: groups } = useQuery(entitiesQuery("groups"));
  const { data: users } = useQuery(usersQuery);
  const known = new Set([
    ...(groups?.items ?? []).map((group) => group.name),
    ...(users?.items ?? []).flatMap((user) => user.groups),
  ]);
  return (
    <TagsInput
      label="Groups"
      description="Dashboards and actions name groups, and a group can have policies. Enter adds one."
      data={[...known].sort()}
      comboboxProps={{ withinPortal: false }}
      maxDropdownHeight={160}
      limit={50}
      value={value}
      onChange={onChange}
      error={error}
    />
  );
}
