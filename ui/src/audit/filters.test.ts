import { describe, expect, it } from "vitest";
import { clearFilters, filtersText, isCrossed, readFilters, requestOf, writeFilters } from "./filters";

const now = Date.parse("2026-03-01T12:00:00Z");
const set = (request: object) =>
  Object.fromEntries(Object.entries(request).filter(([, value]) => value !== ""));

describe("the filters of the log", () => {
  it("are the address", () => {
    const search = writeFilters({ event: ["7"] }, { who: "ana", time: "24h", does: "" });
    expect(search).toEqual({ event: ["7"], who: ["ana"], time: ["24h"] });
    expect(readFilters(search)).toMatchObject({ who: "ana", time: "24h", does: "", result: "" });
    expect(clearFilters(search)).toEqual({ event: ["7"] });
  });

  it("leave out what they do not know", () => {
    const filters = readFilters({
      time: ["toString"],
      does: ["harm"],
      result: ["well"],
      since: ["yesterday"],
    });
    expect(filtersText(filters)).toBe("");
    expect(set(requestOf(filters, now))).toEqual({});
  });

  it.each([
    ["kms:Decrypt", { source: "kms", name: "Decrypt" }],
    ["kms:*", { source: "kms" }],
    ["kms", { source: "kms" }],
    [" Decrypt ", { name: "Decrypt" }],
  ])("ask for %s", (action, want) => {
    expect(set(requestOf(readFilters({ action: [action] }), now))).toEqual(want);
  });

  it("ask for times", () => {
    expect(set(requestOf(readFilters({ time: ["24h"] }), now))).toEqual({ from: "2026-02-28T12:00:00.000Z" });
    const range = readFilters({ since: ["2026-02-01T10:00"], until: ["2026-01-01T10:00"] });
    expect(range.time).toBe("custom");
    expect(isCrossed(range)).toBe(true);
    expect(requestOf(range, now).from).toBe(new Date("2026-02-01T10:00").toISOString());
  });

  it("name themselves", () => {
    const filters = readFilters({ time: ["7d"], who: ["ana"], result: ["denied"], does: ["changes"] });
    expect(filtersText(filters)).toBe("Last 7 days; by “ana”; Changes only; result “Denied”");
  });
});
