import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleDashed,
  IconClock,
  IconRefresh,
  IconTrash,
} from "@tabler/icons-react";
import type { Secret, SecretState } from "../../api/types";
import { formatTimestamp } from "../../format/format";
import classes from "../trust.module.css";
import { states } from "./words";

export const icons: Record<SecretState, typeof IconClock> = {
  "in-use": IconCircleCheck,
  failed: IconAlertTriangle,
  due: IconClock,
  rotating: IconRefresh,
  deleting: IconTrash,
  empty: IconCircleDashed,
};

/** The state as an icon and a word. */
export function SecretMark({ state }: { state: SecretState }) {
  const { word, tone } = states[state];
  const Icon = icons[state];
  return (
    <span className={classes.mark}>
      <Icon size={16} aria-hidden className={classes[tone]} />
      {word}
    </span>
  );
}

/** What the state means for those who use the secret. */
export function stateMeaning(secret: Secret): string {
  switch (secret.state) {
    case "in-use":
      return "Who may read it gets its current value.";
    case "empty":
      return "It has a name and no value yet. Reading it is refused until one is stored.";
    case "due":
      return "The window of its rotation is open: it is rotated by itself within the minute.";
    case "rotating":
      return "It is being rotated. Until the last step, the value before is the current one.";
    case "failed":
      return "The last try of its rotation failed, and the value before is still the current one.";
    case "deleting":
      return `Reading it is refused. On ${formatTimestamp(secret.deletionAt ?? "")} all its versions are destroyed; until then it can be restored.`;
  }
}
