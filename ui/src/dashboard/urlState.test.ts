import { describe, expect, it } from "vitest";
import type { Filter } from "../api/types";
import { filtersText } from "./filterText";
import {
  clearFilters,
  list,
  parseSearch,
  queryFilters,
  readChoice,
  readHistory,
  readSort,
  stringifySearch,
  writeChoice,
  writeHistory,
  writeList,
  writeSort,
} from "./urlState";

const state: Filter = {
  id: "state",
  label: "State",
  field: "state",
  type: "text",
  control: "select",
  multiple: true,
};
const cost: Filter = {
  id: "cost",
  label: "Cost",
  field: "cost",
  type: "decimal",
  control: "range",
  multiple: false,
};
const count: Filter = {
  id: "n",
  label: "Count",
  field: "n",
  type: "integer",
  control: "select",
  multiple: true,
};
const at: Filter = {
  id: "at",
  label: "Written",
  field: "at",
  type: "timestamp",
  control: "range",
  multiple: false,
};
const customer: Filter = {
  id: "customer",
  label: "Customer",
  field: "customer",
  type: "text",
  control: "search",
  multiple: false,
};
const all = [state, cost, count, customer];

describe("the address", () => {
  it("comes back from text unchanged", () => {
    const texts = [
      "?f.state=TX&f.state=CA",
      "?sort.t=cost:desc,state",
      "?f.state=A%26B%3DC&f.customer.has=%C3%A4+%2B",
    ];
    for (const text of texts) expect(stringifySearch(parseSearch(text))).toBe(text);
    expect(stringifySearch({})).toBe("");
  });

  it("survives names of the language", () => {
    const text = "?constructor=1&__proto__=2";
    expect(stringifySearch(parseSearch(text))).toBe(text);
  });
});

describe("filters", () => {
  it("keeps values, NULL among them", () => {
    const search = writeChoice({}, state, { values: ["TX", null] });
    expect(search).toEqual({ "f.state": ["TX"], "f.state.none": ["1"] });
    expect(readChoice(search, state).values).toEqual(["TX", null]);
    expect(queryFilters(search, all)).toEqual([{ id: "state", values: ["TX", null] }]);
  });

  it("gives numbers as the API wants them", () => {
    const search = parseSearch("?f.n=12&f.n=9007199254740993&f.cost.from=10.50");
    expect(queryFilters(search, all)).toEqual([
      { id: "cost", from: "10.50" },
      { id: "n", values: [12, "9007199254740993"] },
    ]);
  });

  it("takes one value where only one may be", () => {
    expect(readChoice(parseSearch("?f.state=TX&f.state=CA"), { ...state, multiple: false }).values).toEqual([
      "TX",
    ]);
  });

  it("takes whole days for times", () => {
    const [filter] = queryFilters(parseSearch("?f.at.from=2026-01-31&f.at.to=2026-01-31"), [at]);
    const day = Date.parse(String(filter?.to)) - Date.parse(String(filter?.from));
    expect(day).toBe(24 * 3600_000 - 1);
  });

  it("clears without touching the rest", () => {
    const search = parseSearch("?f.state=TX&f.cost.to=3&sort.t=cost&history=t%3Ak");
    expect(clearFilters(search)).toEqual({ "sort.t": ["cost"], history: ["t:k"] });
    expect(writeChoice(search, state, { values: [] })["f.state"]).toBeUndefined();
  });

  it("says in words what they do", () => {
    const search = parseSearch(
      "?f.state=TX&f.state=CA&f.state=NY&f.state=WA&f.cost.from=10&f.customer.has=acme",
    );
    expect(filtersText(search, all)).toBe(
      "State is TX, CA or 2 more; Cost at least 10; Customer contains “acme”",
    );
    expect(filtersText(parseSearch("?f.state.none=1"), all)).toBe("State is empty");
    expect(filtersText(parseSearch("?f.cost.from=1&f.cost.to=2000"), all)).toBe("Cost 1 to 2,000");
    expect(filtersText(parseSearch("?f.at.from=2026-01-31"), [at])).toBe("Written from 2026-01-31");
    expect(filtersText(parseSearch("?f.at.to=2026-01-31"), [at])).toBe("Written until 2026-01-31");
    expect(filtersText({}, all)).toBe("");
  });
});

describe("tables", () => {
  it("keeps sort, hidden and pinned columns", () => {
    const sort = [
      { column: "cost", descending: true },
      { column: "state", descending: false },
    ];
    expect(readSort(writeSort({}, "t", sort), "t")).toEqual(sort);
    expect(writeSort(writeSort({}, "t", sort), "t", [])).toEqual({});
    const hidden = writeList({}, "hide", "t", ["a", "b"]);
    expect(list(hidden, "hide", "t")).toEqual(["a", "b"]);
    expect(list(hidden, "hide", "other")).toEqual([]);
  });

  it("keeps the open history, whatever its key holds", () => {
    const search = writeHistory({}, { visual: "t", key: "a:b/c?d" });
    expect(readHistory(parseSearch(stringifySearch(search)))).toEqual({ visual: "t", key: "a:b/c?d" });
    expect(readHistory({ history: ["no colon"] })).toBeUndefined();
  });
});
