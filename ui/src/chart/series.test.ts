import { describe, expect, it } from "vitest";
import type { Column, Value, VisualData } from "../api/types";
import { summarise, toChart } from "./series";

const column = (name: string, role: Column["role"], type: Column["type"] = "text"): Column => ({
  name,
  label: name,
  type,
  role,
  sortable: true,
});
const data = (columns: Column[], rows: Value[][]): VisualData => ({ asOf: "", columns, rows });
const state = column("State", "dimension");
const kind = column("Kind", "dimension");
const amount = column("Amount", "measure", "decimal");

describe("toChart", () => {
  it("makes one series per measure", () => {
    const chart = toChart(data([state, amount, column("Count", "measure", "integer")], [["TX", "1.5", 2]]));
    expect(chart?.series.map((series) => [series.name, series.values])).toEqual([
      ["Amount", ["1.5"]],
      ["Count", [2]],
    ]);
  });

  it("splits by a second dimension and leaves gaps where there is nothing", () => {
    const chart = toChart(
      data(
        [state, kind, amount],
        [
          ["TX", "a", "1"],
          ["CA", "b", "2"],
          [null, "a", "3"],
        ],
      ),
    );
    expect(chart?.labels).toEqual(["TX", "CA", "empty"]);
    expect(chart?.series.map((series) => series.name)).toEqual(["a", "b"]);
    expect(chart?.series[0]?.values[1]).toBeUndefined();
    expect(chart?.series[0]?.values[2]).toBe("3");
  });

  it("cannot draw without a measure or a dimension", () => {
    expect(toChart(data([state], [["TX"]]))).toBeUndefined();
    expect(toChart(data([amount], [["1"]]))).toBeUndefined();
  });
});

describe("summarise", () => {
  it("says what the eye would see first", () => {
    const chart = toChart(
      data(
        [state, amount],
        [
          ["TX", "10"],
          ["CA", "30"],
          ["NY", "20"],
        ],
      ),
    );
    expect(chart && summarise(chart, "bar")).toBe(
      "Bar chart, 3 values of State. Amount: highest 30 (CA), lowest 10 (TX).",
    );
  });
});
