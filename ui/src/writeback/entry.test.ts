import { describe, expect, it } from "vitest";
import type { ActionInput } from "../api/types";
import { checkEntry, checkInput, Drafts, ruleText, startEntry, textOf, values, wireValue } from "./entry";

const input = (part: Partial<ActionInput>): ActionInput => ({
  name: "x",
  label: "X",
  type: "text",
  required: false,
  default: null,
  ...part,
});
const discount = input({
  name: "discount",
  label: "Discount",
  type: "decimal",
  format: "percent",
  required: true,
  min: "0",
  max: "0.30",
  step: "0.005",
});
const note = input({ name: "note", label: "Note", maxLength: 5 });

describe("rules, before they are broken", () => {
  it("speaks in the unit of the field", () => {
    expect(ruleText(discount)).toBe("0% to 30%, in steps of 0.5%");
    expect(ruleText(note)).toBe("up to 5 characters");
    expect(ruleText(input({ type: "integer" }))).toBe("a whole number");
    expect(ruleText(input({ type: "integer", min: 1, step: 1 }))).toBe("1 or more");
    expect(ruleText(input({ type: "decimal", max: "9.5" }))).toBe("9.5 or less");
  });
});

describe("checkInput", () => {
  it.each([
    ["", "Discount is needed."],
    ["abc", "Enter a number, such as 0."],
    ["30.5", "Enter 30% or less."],
    ["-1", "Enter 0% or more."],
    ["1.2", "Enter a multiple of 0.5%."],
    ["30", undefined],
    ["0,5", undefined],
  ])("discount %j: %s", (text, want) => expect(checkInput(discount, text)).toBe(want));

  it("counts characters as people do", () => {
    expect(checkInput(note, "12345")).toBeUndefined();
    expect(checkInput(note, "😀😀😀😀😀")).toBeUndefined();
    expect(checkInput(note, "123456")).toBe("6 characters; the limit is 5.");
  });

  it("knows whole numbers, dates, times and lists", () => {
    expect(checkInput(input({ type: "integer" }), "1.5")).toBe("Enter a whole number.");
    expect(checkInput(input({ type: "date" }), "31.1.2026")).toContain("2026-01-31");
    expect(checkInput(input({ type: "date" }), "2026-01-31")).toBeUndefined();
    expect(checkInput(input({ type: "timestamp" }), "x")).toBe("Enter a date and a time.");
    expect(checkInput(input({ options: ["a", "b"] }), "c")).toBe("Choose one of the list.");
    expect(checkInput(input({ type: "boolean", required: true }), "")).toBeUndefined();
  });

  it("names every fault of a form", () => {
    expect(Object.keys(checkEntry([discount, note], { discount: "99", note: "too long" }))).toEqual([
      "discount",
      "note",
    ]);
  });
});

describe("what is sent", () => {
  it("turns a percentage into the fraction, exactly", () => {
    expect(wireValue(discount, "12.5")).toBe("0.125");
    expect(wireValue(discount, "7")).toBe("0.07");
    expect(wireValue({ ...discount, type: "float" }, "7")).toBe(0.07);
    expect(textOf(discount, "0.07")).toBe("7");
  });

  it("keeps decimals as text and safe integers as numbers", () => {
    expect(wireValue(input({ type: "decimal" }), "1234567890123456.789")).toBe("1234567890123456.789");
    expect(wireValue(input({ type: "integer" }), "42")).toBe(42);
    expect(wireValue(input({ type: "integer" }), "9007199254740993")).toBe("9007199254740993");
  });

  it("sends nothing for an empty field, and text as it was typed", () => {
    expect(values([note, discount], { note: "", discount: "0" })).toEqual({ note: null, discount: "0" });
    expect(wireValue(note, " a ")).toBe(" a ");
  });
});

describe("drafts", () => {
  it("gives back what was typed and forgets it for another person", () => {
    const drafts = new Drafts();
    drafts.belongTo("ana");
    drafts.keep("p", { note: "hello" });
    expect(startEntry([{ ...note, default: "d" }, discount], drafts.find("p"))).toEqual({
      note: "hello",
      discount: "",
    });
    drafts.belongTo("ana");
    expect(drafts.find("p")).toBeDefined();
    drafts.belongTo("ben");
    expect(drafts.find("p")).toBeUndefined();
  });
});
