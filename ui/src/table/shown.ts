import type { Column, Visual } from "../api/types";

/** What a table shows of its columns: not the hidden ones, and not the one that only marks rows. */
export function shownColumns(columns: Column[], visual: Visual): Column[] {
  return columns.filter((column) => !column.hidden && column.name !== visual.highlight);
}
