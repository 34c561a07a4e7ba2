import { expect, it } from "vitest";
import type { NamedValue } from "../api/types";
import { diffLines } from "./diff";

const value = (name: string, of: NamedValue["value"]): NamedValue => ({
  name,
  label: name,
  type: "text",
  value: of,
});

it("marks changed fields only, and keeps fields of either side", () => {
  const lines = diffLines(
    [value("status", "generated"), value("note", null), value("old", "x")],
    [value("status", "accepted"), value("note", null), value("new", "y")],
  );
  expect(lines.map((line) => [line.name, line.changed])).toEqual([
    ["status", true],
    ["note", false],
    ["new", true],
    ["old", true],
  ]);
});
