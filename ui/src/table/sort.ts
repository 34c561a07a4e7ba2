import type { Sort } from "../api/types";

/** What the next press on a header makes of the sort: ascending, descending, none. */
export function nextSort(sort: Sort[], column: string, add: boolean): Sort[] {
  const now = sort.find((one) => one.column === column);
  const others = add ? sort.filter((one) => one.column !== column) : [];
  if (!now) return [...others, { column, descending: false }];
  if (!now.descending) return [...others, { column, descending: true }];
  return others;
}
