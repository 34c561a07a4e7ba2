import { IconCircleCheck, IconDownload, IconEyeOff, IconLock, IconTrash } from "@tabler/icons-react";
import type { Key } from "../../api/types";
import { formatTimestamp } from "../../format/format";
import classes from "../trust.module.css";

type Tone = "good" | "attention" | "failure" | "quiet";

const states: Record<Key["state"], { word: string; icon: typeof IconLock; tone: Tone }> = {
  Enabled: { word: "Enabled", icon: IconCircleCheck, tone: "good" },
  Disabled: { word: "Disabled", icon: IconLock, tone: "attention" },
  PendingDeletion: { word: "Being deleted", icon: IconTrash, tone: "failure" },
  PendingImport: { word: "Without material", icon: IconDownload, tone: "attention" },
  "": { word: "Not shown to you", icon: IconEyeOff, tone: "quiet" },
};

export function stateOf(key: Key) {
  return states[key.state] ?? states[""];
}

/** The state as an icon and a word. */
export function KeyState({ value }: { value: Key }) {
  const { word, icon: Icon, tone } = stateOf(value);
  return (
    <span className={classes.mark}>
      <Icon size={16} aria-hidden className={classes[tone]} />
      {word}
    </span>
  );
}

/** What the state means for those who use the key. */
export function stateMeaning(key: Key): string {
  switch (key.state) {
    case "Enabled":
      return "It serves whoever its policy, its grants or their own policies let use it.";
    case "Disabled":
      return "Every use of it is refused. What it encrypted stays closed until it is enabled again; nothing is lost.";
    case "PendingDeletion":
      return `Every use of it is refused. On ${formatTimestamp(key.deletionAt ?? "")} its material is destroyed, and what it encrypted is lost for good.`;
    case "PendingImport":
      return "It waits for its material to be imported; until then nothing can be done with it.";
    default:
      return "Its policy does not let you see more than its name.";
  }
}
