import { VisuallyHidden } from "@mantine/core";
import { IconAlertTriangle, IconBan, IconCheck, IconClock } from "@tabler/icons-react";
import classes from "./audit.module.css";
import type { Ending } from "./sentence";

const icons = { good: IconCheck, failure: IconBan, attention: IconAlertTriangle, none: IconClock };

/** How an event came out: an icon and a word; bare where there is room for the icon only. */
export function EndingMark({ ending, bare }: { ending: Ending; bare?: boolean }) {
  const Icon = icons[ending.tone];
  return (
    <span className={classes.ending} data-tone={ending.tone}>
      <Icon size={15} aria-hidden />
      {bare ? <VisuallyHidden>{ending.word}</VisuallyHidden> : <span>{ending.word}</span>}
    </span>
  );
}
