import { describe, expect, it } from "vitest";
import type { Column, Sort, Value, VisualData } from "../api/types";
import { rowsToTsv } from "./copy";
import { findRow, newIds, sameOffer, type TableRow, toRows } from "./rows";
import { nextSort } from "./sort";

const columns: Column[] = ["id", "cost"].map((name) => ({
  name,
  label: name.toUpperCase(),
  type: "text",
  role: "column",
  sortable: true,
}));

function page(rows: Value[][], keys?: string[], next?: string): VisualData {
  const offered = [{ action: "quote", head: "h", expiresAt: "" }];
  const offers = rows.map((_, index) => [`t${index}`]);
  return { asOf: "", columns, rows, offered, offers, ...(keys ? { keys } : {}), ...(next ? { next } : {}) };
}

const only = (rows: TableRow[], index = 0): TableRow => {
  const row = rows[index];
  if (!row) throw new Error(`no row ${index}`);
  return row;
};

describe("toRows", () => {
  it("gives the same row the same id after a refetch, and equal rows different ids", () => {
    const before = toRows([
      page([
        ["a", "1"],
        ["a", "1"],
      ]),
      page([["b", "2"]]),
    ]);
    const after = toRows([
      page([
        ["a", "1"],
        ["a", "1"],
      ]),
      page([["b", "2"]]),
    ]);
    expect(after.map((row) => row.id)).toEqual(before.map((row) => row.id));
    expect(new Set(before.map((row) => row.id)).size).toBe(3);
    expect(before.map((row) => row.page)).toEqual([0, 0, 1]);
  });

  it("does not make the rows of a page twice", () => {
    const first = page([["a", "1"]]);
    const [one] = toRows([first]);
    const [again] = toRows([first, page([["b", "2"]])]);
    expect(again).toBe(one);
  });
});

describe("newIds", () => {
  const rows = (...names: string[]) => toRows([page(names.map((name) => [name, "1"]))]);

  it("finds what a refetch brought on top", () => {
    const after = rows("new", "a", "b");
    expect([...newIds(rows("a", "b"), after, true)]).toEqual([only(after).id]);
  });

  it("does not take rows that only moved up into the page for new ones", () => {
    expect(newIds(rows("a", "b", "c"), rows("b", "c", "d"), false).size).toBe(0);
    expect(newIds(rows("a", "b", "c"), rows("b", "c", "d"), true).size).toBe(1);
  });
});

describe("findRow", () => {
  const row = only(toRows([page([["a", "1"]], ["k"])]));
  const unkeyed = only(toRows([page([["a", "1"]])]));

  it("finds a row by its key when its values changed", () => {
    expect(
      findRow(
        row,
        page(
          [
            ["x", "9"],
            ["a", "2"],
          ],
          ["other", "k"],
        ),
      )?.values,
    ).toEqual(["a", "2"]);
  });

  it("tells rows of one key apart by their values", () => {
    const found = findRow(
      row,
      page(
        [
          ["a", "9"],
          ["a", "1"],
        ],
        ["k", "k"],
      ),
    );
    expect(found?.offers[0]?.ticket).toBe("h.t1");
  });

  it("finds a row without a key by the reported changes", () => {
    const changes = [{ field: "cost", label: "Cost", was: "1", now: "2" }];
    const fresh = page([
      ["b", "2"],
      ["a", "2"],
    ]);
    expect(findRow(unkeyed, fresh, changes)?.values).toEqual(["a", "2"]);
    expect(findRow(unkeyed, fresh)).toBeUndefined();
  });

  it("finds nothing where the row is gone, and no offer where none is made", () => {
    expect(findRow(row, page([["b", "1"]], ["other"]))).toBeUndefined();
    expect(sameOffer(row, "quote")?.ticket).toBe("h.t0");
    expect(sameOffer(row, "accept")).toBeUndefined();
    expect(sameOffer(undefined, "quote")).toBeUndefined();
  });
});

describe("sort and copy", () => {
  it("goes round: ascending, descending, none", () => {
    let sort: Sort[] = [];
    sort = nextSort(sort, "cost", false);
    expect(sort).toEqual([{ column: "cost", descending: false }]);
    sort = nextSort(sort, "cost", false);
    expect(sort).toEqual([{ column: "cost", descending: true }]);
    expect(nextSort(sort, "cost", false)).toEqual([]);
    expect(nextSort(sort, "id", true)).toHaveLength(2);
    expect(nextSort(sort, "id", false)).toEqual([{ column: "id", descending: false }]);
  });

  it("copies exact values of the shown columns, in their order", () => {
    const rows = toRows([
      page([
        ["a\tb", "1234.50"],
        [null, "2"],
      ]),
    ]);
    expect(rowsToTsv(rows, columns, ["cost", "actions", "id"])).toBe('COST\tID\n1234.50\t"a\tb"\n2\t');
  });
});
