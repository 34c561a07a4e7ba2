import { exactUtc, formatAgo, formatTimestamp } from "../format/format";
import classes from "./trust.module.css";

/** A time in the viewer's zone, with the exact one on hover. */
export function When({ at, ago = false }: { at: string | undefined; ago?: boolean }) {
  if (!at) return <span className={classes.quiet}>–</span>;
  return (
    <time dateTime={at} title={exactUtc(at)} style={{ whiteSpace: "nowrap" }}>
      {ago ? formatAgo(at, Date.now()) : formatTimestamp(at)}
    </time>
  );
}
