import { useState } from "react";
import type { Member } from "../../api/types";
import { trust } from "../api";
import { besides, FormDialog } from "../FormDialog";
import { useChange } from "../useChange";
import { type UserDraft, UserFields } from "./UserFields";

export function EditUser({ user, onClose }: { user: Member; onClose: () => void }) {
  const [draft, setDraft] = useState<UserDraft>({
    displayName: user.displayName,
    role: user.role,
    groups: user.groups,
  });
  const change = useChange({
    run: () => trust.changeUser(user.name, draft),
    touches: [["user", user.name], ["users"], ["groups"]],
    said: `${user.name} is changed. Sessions go on, with the new rights.`,
    done: onClose,
  });
  return (
    <FormDialog
      title={`Edit ${user.name}`}
      doLabel="Save"
      busy={change.busy}
      problem={besides(change.problem, "displayName", "groups")}
      onSubmit={() => change.go()}
      onClose={onClose}
    >
      <UserFields
        draft={draft}
        onChange={(part) => setDraft((now) => ({ ...now, ...part }))}
        problem={change.problem}
        autoFocus
      />
    </FormDialog>
  );
}
