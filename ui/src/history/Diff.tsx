import { useState } from "react";
import type { NamedValue } from "../api/types";
import { formatValue } from "../format/format";
import { type DiffLine, diffLines } from "./diff";
import classes from "./history.module.css";

/** Two columns, changed fields open, the rest behind one press. */
export function Diff({ before, after }: { before: NamedValue[]; after: NamedValue[] }) {
  const [all, setAll] = useState(false);
  const lines = diffLines(before, after);
  const changed = lines.filter((line) => line.changed);
  const same = lines.length - changed.length;
  return (
    <div>
      <table className={classes.diff}>
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Before</th>
            <th scope="col">After</th>
          </tr>
        </thead>
        <tbody>
          {(all ? lines : changed).map((line) => (
            <Line key={line.name} line={line} />
          ))}
          {changed.length === 0 && !all && (
            <tr>
              <td colSpan={3}>No field changed its value.</td>
            </tr>
          )}
        </tbody>
      </table>
      {same > 0 && (
        <button
          type="button"
          className={classes.more}
          aria-expanded={all}
          onClick={() => setAll((now) => !now)}
        >
          {all ? "Show only what changed" : `Show ${same} unchanged ${same === 1 ? "field" : "fields"}`}
        </button>
      )}
    </div>
  );
}

function Line({ line }: { line: DiffLine }) {
  const show = (one: NamedValue | undefined) => (one ? formatValue(one.value, one) : "");
  return (
    <tr data-changed={line.changed || undefined}>
      <th scope="row">{line.label}</th>
      <td>{line.changed ? <del>{show(line.before)}</del> : show(line.before)}</td>
      <td>{line.changed ? <ins>{show(line.after)}</ins> : show(line.after)}</td>
    </tr>
  );
}
