import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Entity, Member } from "../../api/types";
import { type Kind, trust } from "../api";
import { accessKeysQuery, policiesQuery, usersQuery } from "../queries";
import { TypedDialog } from "../TypedDialog";
import classes from "../trust.module.css";
import { useChange } from "../useChange";
import { count } from "../words";

interface Props {
  kind: Kind;
  one: string;
  name: string;
  onClose: () => void;
  /** what goes besides the policies */
  children: ReactNode;
  note: ReactNode;
}

/** Deletes a user, group or role: says what goes with it, and asks for the name. */
function Remove({ kind, one, name, onClose, children, note }: Props) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const remove = useChange({
    run: () => trust.remove(kind, name),
    touches: [],
    said: `The ${one} ${name} is deleted.`,
    done: () => {
      // The page about it is left first: nobody asks anew for what is gone.
      navigate({ to: "/access", search: (kind === "users" ? {} : { show: [kind] }) as never });
      for (const queryKey of [["users"], ["groups"], ["roles"], ["policies"]])
        client.invalidateQueries({ queryKey, refetchType: "none" });
    },
  });
  return (
    <TypedDialog
      title={`Delete ${name}`}
      accepted={[name]}
      what={`the ${one}’s name`}
      doLabel={`Delete the ${one}`}
      busy={remove.busy}
      problem={remove.problem}
      onDo={() => remove.go()}
      onClose={onClose}
    >
      <div>
        <p style={{ margin: "0 0 8px" }}>This goes with it, at once and for good:</p>
        <ul className={classes.list}>
          {children}
          <PoliciesThatGo kind={kind} name={name} />
        </ul>
      </div>
      <p className={classes.note}>{note}</p>
    </TypedDialog>
  );
}

function PoliciesThatGo({ kind, name }: { kind: Kind; name: string }) {
  const { data } = useQuery(policiesQuery(kind, name));
  return (
    <>
      {data?.attached.map((policy) => (
        <li key={policy.arn}>
          what the policy <strong>{policy.name}</strong> allows or denies here; the policy itself stays
        </li>
      ))}
      {data?.inline.map((policy) => (
        <li key={policy}>
          the policy <strong>{policy}</strong> of its own
        </li>
      ))}
    </>
  );
}

export function RemoveUser({ user, onClose }: { user: Member; onClose: () => void }) {
  const { data: keys = [] } = useQuery(accessKeysQuery(user.name));
  return (
    <Remove
      kind="users"
      one="user"
      name={user.name}
      onClose={onClose}
      note={
        <>
          What {user.name} wrote and did stays, in your database and on the audit log. So do the policies,
          grants and rules that name the user: they would hold for a new one of the same name.
        </>
      }
    >
      <li>every session and sign-in link of {user.name}</li>
      {keys.map((key) => (
        <li key={key.id}>
          the access key <strong>{key.id}</strong>, with the temporary credentials made from it
        </li>
      ))}
      {user.groups.length > 0 && (
        <li>
          the membership in {user.groups.slice(0, 8).join(", ")}
          {user.groups.length > 8 && ` and ${count(user.groups.length - 8, "more group")}`}
        </li>
      )}
    </Remove>
  );
}

export function RemoveGroup({ group, onClose }: { group: Entity; onClose: () => void }) {
  const members = group.members ?? [];
  const { data: users } = useQuery(usersQuery);
  const kept = users?.items.filter((user) => user.origin === "project" && members.includes(user.name)) ?? [];
  return (
    <Remove
      kind="groups"
      one="group"
      name={group.name}
      onClose={onClose}
      note={
        kept.length > 0 ? (
          <strong>
            {kept.map((user) => user.name).join(", ")} {kept.length === 1 ? "is" : "are"} in this group by the
            project’s files. As long as the files say so, the group cannot be deleted.
          </strong>
        ) : (
          "Its members stay users. Rules of the project that name the group then match none of them."
        )
      }
    >
      {members.length === 0 && <li>the group; nobody is in it</li>}
      {members.slice(0, 8).map((member) => (
        <li key={member}>
          the membership of <strong>{member}</strong>
        </li>
      ))}
      {members.length > 8 && <li>that of {count(members.length - 8, "more user")}</li>}
    </Remove>
  );
}

export function RemoveRole({ role, onClose }: { role: Entity; onClose: () => void }) {
  return (
    <Remove
      kind="roles"
      one="role"
      name={role.name}
      onClose={onClose}
      note="Grants and policies that name the role stay: they would hold for a new one of the same name."
    >
      <li>every session of the role that somebody has now</li>
      <li>whatever programs do by assuming it</li>
    </Remove>
  );
}
