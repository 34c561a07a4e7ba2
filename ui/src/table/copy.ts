import type { Column } from "../api/types";
import { plainValue, toTsv } from "../format/format";
import type { TableRow } from "./rows";

/** Rows as tab-separated text with a header line, for a spreadsheet. */
export function rowsToTsv(rows: TableRow[], columns: Column[], shown: string[]): string {
  const places = shown.flatMap((name) => {
    const index = columns.findIndex((column) => column.name === name);
    return index < 0 ? [] : [index];
  });
  const header = places.map((index) => columns[index]?.label ?? "");
  return toTsv([header, ...rows.map((row) => places.map((index) => plainValue(row.values[index])))]);
}
