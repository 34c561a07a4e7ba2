import { useQuery } from "@tanstack/react-query";
import { projectQuery } from "../api/queries";
import { exactUtc, formatTimestamp } from "../format/format";
import { sentence } from "../format/words";
import { useMe } from "../session/session";
import classes from "./frame.module.css";

/** Tells authors that the last change of the project's files was not taken, and where each fault is. */
export function ProjectBanner() {
  const me = useMe();
  const { data } = useQuery({ ...projectQuery, enabled: me.role !== "reader" });
  if (!data || data.problems.length === 0) return null;
  const count = data.problems.length;
  return (
    <details className={classes.banner} open={count <= 3}>
      <summary>
        {count === 1 ? "One problem" : `${count} problems`} in the project’s files; the last good version is
        shown
      </summary>
      <ul>
        {data.problems.map((problem) => (
          <li key={`${problem.file}:${problem.line}:${problem.column}:${problem.message}`}>
            <span className="mono">
              {problem.file}:{problem.line}
              {problem.field ? ` ${problem.field}` : ""}
            </span>
            <span>{sentence(problem.message)}</span>
          </li>
        ))}
      </ul>
      <p style={{ margin: "8px 0 0", color: "var(--mantine-color-dimmed)" }} title={exactUtc(data.loadedAt)}>
        Shown: version <span className="mono">{data.version.slice(0, 12)}</span>, loaded{" "}
        {formatTimestamp(data.loadedAt)}. Mend the files; the page follows by itself.
      </p>
    </details>
  );
}
