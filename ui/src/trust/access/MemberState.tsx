import { IconCircleCheck, IconLock } from "@tabler/icons-react";
import type { Member } from "../../api/types";
import classes from "../trust.module.css";

/** Whether a user may come in, as an icon and a word. */
export function MemberState({ user }: { user: Member }) {
  const Icon = user.disabled ? IconLock : IconCircleCheck;
  return (
    <span className={classes.mark}>
      <Icon size={16} aria-hidden className={user.disabled ? classes.attention : classes.good} />
      {user.disabled ? "Disabled" : "Active"}
    </span>
  );
}
