import type { NamedValue } from "../api/types";
import { exactUtc, formatValue, isNumeric } from "../format/format";
import classes from "./action.module.css";

/** Names and values under each other, numbers in line. */
export function ValueList({ values, strong = false }: { values: NamedValue[]; strong?: boolean }) {
  return (
    <dl className={classes.values} data-strong={strong || undefined}>
      {values.map((one) => (
        <div key={one.name}>
          <dt>{one.label}</dt>
          <dd
            data-number={isNumeric(one) || undefined}
            title={one.type === "timestamp" && one.value ? exactUtc(String(one.value)) : undefined}
          >
            {formatValue(one.value, one)}
          </dd>
        </div>
      ))}
    </dl>
  );
}
