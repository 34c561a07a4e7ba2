import { describe, expect, it } from "vitest";
import { asRecord, filled, pairsFault } from "./pairs";

const team = { key: "team", value: "a" };
const blank = { key: "", value: "" };

describe("names with values", () => {
  it("leave out what was not filled in", () => {
    expect(filled([team, blank])).toEqual([team]);
    expect(asRecord([team, blank])).toEqual({ team: "a" });
    expect(asRecord([blank])).toBeUndefined();
  });

  it("say what is wrong", () => {
    expect(pairsFault([team, blank], 1)).toBeUndefined();
    expect(pairsFault([{ key: "", value: "7" }], 1)).toContain("no name");
    expect(pairsFault([team, team], 5)).toContain("twice");
    expect(pairsFault([team, { key: "b", value: "" }], 1)).toContain("more than 1");
  });
});
