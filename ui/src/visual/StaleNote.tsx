import { adviceFor } from "../api/advice";
import { asProblem } from "../api/problem";
import classes from "../dashboard/dashboard.module.css";
import { formatTimestamp } from "../format/format";

interface Props {
  error: unknown;
  asOf: string | undefined;
  onRetry: () => void;
}

/** The last fetch failed and older rows still stand: they say as of when they are. */
export function StaleNote({ error, asOf, onRetry }: Props) {
  const { title } = adviceFor(asProblem(error), "reading");
  return (
    <div className={classes.note} role="status">
      <span>
        {title}. {asOf ? `Shown as of ${formatTimestamp(asOf)}.` : ""}
      </span>
      <button type="button" className={classes.clear} onClick={onRetry}>
        Try again
      </button>
    </div>
  );
}
