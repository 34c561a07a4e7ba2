import { TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { Member } from "../../api/types";
import { trust } from "../api";
import { besides, FormDialog, faultOf } from "../FormDialog";
import { useChange } from "../useChange";
import { userNameFault, userNameRule } from "../words";
import { SignInLink } from "./SignInLink";
import { type UserDraft, UserFields } from "./UserFields";

/** Makes a user, then the link by which the user comes in. */
export function NewUser({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [draft, setDraft] = useState<UserDraft>({ displayName: "", role: "reader", groups: [] });
  const [tried, setTried] = useState(false);
  const [made, setMade] = useState<Member>();
  const create = useChange({
    run: () => trust.createUser({ ...draft, name }),
    touches: [["users"], ["groups"]],
    done: (user: Member) => setMade(user),
  });
  if (made)
    return (
      <SignInLink
        name={made.name}
        fresh
        onClose={() => {
          onClose();
          navigate({ to: "/access/users/$name", params: { name: made.name } });
        }}
      />
    );
  const fault = userNameFault(name);
  return (
    <FormDialog
      title="Create user"
      doLabel="Create user"
      busy={create.busy}
      problem={besides(create.problem, "name", "displayName", "groups")}
      onSubmit={() => {
        setTried(true);
        if (!fault) create.go();
      }}
      onClose={onClose}
    >
      <TextInput
        label="Name"
        description={`${userNameRule} It stays: rules and the log know people by it.`}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        required
        data-autofocus
        value={name}
        onChange={(event) => {
          setName(event.currentTarget.value.trim().toLowerCase());
          if (create.problem) create.reset();
        }}
        error={faultOf(create.problem, "name", tried ? fault : undefined)}
      />
      <UserFields
        draft={draft}
        onChange={(change) => setDraft((now) => ({ ...now, ...change }))}
        problem={create.problem}
      />
    </FormDialog>
  );
}
