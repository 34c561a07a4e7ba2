import type { Change, Column, Offer, Offered, Value, VisualData } from "../api/types";

/** One row of a table as the grid holds it. */
export interface TableRow {
  /** the same for the same row across fetches; made of its key and values */
  id: string;
  values: Value[];
  key: string;
  offers: Offer[];
  /** which page it came with, so that this page alone can be fetched again */
  page: number;
}

const made = new WeakMap<VisualData, TableRow[]>();

/** Pages as rows. A page's rows are made once: fifty thousand rows must not be made anew for each page that comes. */
export function toRows(pages: VisualData[]): TableRow[] {
  const seen = new Map<string, number>();
  const rows: TableRow[] = [];
  pages.forEach((page, index) => {
    const cached = made.get(page);
    const fresh = cached && cached[0]?.page === index ? cached : pageRows(page, index);
    made.set(page, fresh);
    for (const row of fresh) {
      const times = seen.get(row.id) ?? 0;
      seen.set(row.id, times + 1);
      // Two rows that are alike in everything that is shown still are two rows.
      rows.push(times === 0 ? row : { ...row, id: `${row.id} ${times}` });
    }
  });
  return rows;
}

function pageRows(page: VisualData, index: number): TableRow[] {
  return page.rows.map((values, at) => {
    const key = page.keys?.[at] ?? "";
    return {
      id: `${key}|${JSON.stringify(values)}`,
      values,
      key,
      offers: (page.offers?.[at] ?? []).flatMap((own, of) => whole(page.offered?.[of], own)),
      page: index,
    };
  });
}

function whole(common: Offered | undefined, own: string): Offer[] {
  if (!common || own === "") return [];
  return [{ action: common.action, ticket: `${common.head}.${own}`, expiresAt: common.expiresAt }];
}

/**
 * The ids that a refetch brought. Rows at the very end do not count unless the list was whole before: they only moved up
 * into the page.
 */
export function newIds(before: TableRow[], after: TableRow[], wasWhole: boolean): Set<string> {
  const known = new Set(before.map((row) => row.id));
  let end = after.length;
  if (!wasWhole) while (end > 0 && !known.has(after[end - 1]?.id ?? "")) end -= 1;
  return new Set(
    after
      .slice(0, end)
      .map((row) => row.id)
      .filter((id) => !known.has(id)),
  );
}

/** Finds a row again in a page fetched anew, also when its values have changed since. */
export function findRow(row: TableRow, page: VisualData, changes: Change[] = []): TableRow | undefined {
  const candidates = pageRows(page, row.page);
  if (row.key !== "") {
    const same = candidates.filter((one) => one.key === row.key);
    return (
      same.find((one) => one.id === row.id) ??
      (same.length === 1 ? same[0] : bestOf(row, same, page.columns, changes))
    );
  }
  return candidates.find((one) => one.id === row.id) ?? bestOf(row, candidates, page.columns, changes);
}

/** The one row that equals the old one but for the reported changes. */
function bestOf(
  row: TableRow,
  among: TableRow[],
  columns: Column[],
  changes: Change[],
): TableRow | undefined {
  const now = new Map(changes.map((change) => [change.field, change.now]));
  const wanted = row.values.map((value, index) => {
    const name = columns[index]?.name ?? "";
    return now.has(name) ? (now.get(name) ?? null) : value;
  });
  const fits = among.filter((one) => one.values.every((value, index) => value === wanted[index]));
  return fits[0];
}

/** The offer to go on with: the same action on the row as it is now. */
export function sameOffer(row: TableRow | undefined, action: string): Offer | undefined {
  return row?.offers.find((offer) => offer.action === action);
}
