import { describe, expect, it } from "vitest";
import { compareDecimal, onStep, readDecimal, shiftDecimal } from "./decimal";

describe("readDecimal", () => {
  it.each([
    ["12", "12"],
    [" 1 234,5 ", "1234.5"],
    ["1,234.50", "1234.50"],
    ["1,234", "1234"],
    ["0,5", "0.5"],
    [".5", "0.5"],
    ["007", "7"],
    ["-3.20", "-3.20"],
    ["+4", "4"],
  ])("reads %j as %j", (text, want) => expect(readDecimal(text)).toBe(want));

  it.each(["", " ", ".", "-", "12a", "1.2.3", "1,23,4", "1e5", "NaN", "∞"])("refuses %j", (text) =>
    expect(readDecimal(text)).toBeUndefined(),
  );
});

describe("shiftDecimal", () => {
  it.each([
    ["12.5", -2, "0.125"],
    ["0.125", 2, "12.5"],
    ["0.30", 2, "30"],
    ["1", -3, "0.001"],
    ["1.5", 3, "1500"],
    ["-0.05", 2, "-5"],
    ["-0", 2, "0"],
    ["0.1", 2, "10"],
    ["99999999999999999999.5", -2, "999999999999999999.995"],
  ])("moves the point of %s by %d", (text, places, want) => expect(shiftDecimal(text, places)).toBe(want));

  it("comes back to where it was", () => {
    for (const text of ["0.07", "12.345", "100", "0.0001", "-7.25"]) {
      expect(compareDecimal(shiftDecimal(shiftDecimal(text, 2), -2), text)).toBe(0);
    }
  });
});

describe("compareDecimal and onStep", () => {
  it("is exact where floats are not", () => {
    expect(compareDecimal("0.1", "0.10")).toBe(0);
    expect(compareDecimal("9007199254740993", "9007199254740992")).toBeGreaterThan(0);
    expect(compareDecimal("-2", "1")).toBeLessThan(0);
  });

  it("knows the multiples of a step from a start", () => {
    expect(onStep("0.3", "0.1", "0")).toBe(true);
    expect(onStep("0.35", "0.1", "0")).toBe(false);
    expect(onStep("1.5", "1", "0.5")).toBe(true);
    expect(onStep("7", "0", "0")).toBe(true);
  });
});
