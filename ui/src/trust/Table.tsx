import type { CSSProperties, ReactNode } from "react";
import { usePreferences } from "../preferences";
import { tableRowHeights } from "../theme";
import classes from "./trust.module.css";

export interface Column<T> {
  id: string;
  /** a header with no words is for buttons */
  header: ReactNode;
  cell: (row: T) => ReactNode;
  number?: boolean;
  /** left out where there is little room */
  wide?: boolean;
}

interface Props<T> {
  label: string;
  columns: Column<T>[];
  rows: T[];
  rowId: (row: T) => string;
  /** scrolls by itself, under a header that stays */
  tall?: boolean;
}

/** A short list with links and buttons in it: a plain table, which every screen reader and browser search knows. */
export function Table<T>({ label, columns, rows, rowId, tall = false }: Props<T>) {
  const { density } = usePreferences();
  const marks = (column: Column<T>) => ({
    "data-number": column.number || undefined,
    "data-wide": column.wide || undefined,
  });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by key
    <section className={classes.tableFrame} data-tall={tall || undefined} tabIndex={0} aria-label={label}>
      <table className={classes.table} style={{ "--row": `${tableRowHeights[density]}px` } as CSSProperties}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.id} scope="col" {...marks(column)}>
                {column.header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowId(row)}>
              {columns.map((column) => (
                <td key={column.id} {...marks(column)}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
