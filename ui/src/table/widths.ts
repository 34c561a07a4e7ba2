import type { Column, Value } from "../api/types";
import { formatValue, isNumeric, unitOf } from "../format/format";

const perLetter = 7.4;
const padding = 26;
const sampled = 60;

/** A width that fits the header and what the first rows hold, between narrow and a third of a screen. */
export function widthOf(column: Column, index: number, rows: Value[][]): number {
  const header = (column.label.length + unitOf(column).length + (unitOf(column) ? 1 : 0)) * perLetter + padding + 18;
  let longest = 0;
  for (const row of rows.slice(0, sampled)) {
    longest = Math.max(longest, formatValue(row[index], column, { symbol: false }).length);
  }
  const most = isNumeric(column) ? 220 : 320;
  return Math.round(Math.min(most, Math.max(64, header, longest * perLetter + padding)));
}
