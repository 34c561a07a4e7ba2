import { describe, expect, test } from "vitest";
import { usageByDay } from "./usage";

const now = new Date(2026, 10, 25, 9, 30);
const at = (day: number, hour: number) => new Date(2026, 10, day, hour).toISOString();

describe("the uses of a key by day", () => {
  test("every day of a month is there, also without a use", () => {
    const days = usageByDay({ since: new Date(2026, 8, 1).toISOString(), hours: [] }, now);
    expect(days).toHaveLength(30);
    expect(days[0]).toEqual({ date: "2026-10-27", uses: 0, other: 0 });
    expect(days[29]?.date).toBe("2026-11-25");
  });

  test("hours of one day of the viewer's are added up", () => {
    const hours = [
      { start: at(24, 0), uses: 2, other: 1 },
      { start: at(24, 23), uses: 3, other: 0 },
      { start: at(25, 0), uses: 5, other: 0 },
    ];
    const days = usageByDay({ since: at(1, 0), hours }, now);
    expect(days.slice(-2)).toEqual([
      { date: "2026-11-24", uses: 5, other: 1 },
      { date: "2026-11-25", uses: 5, other: 0 },
    ]);
  });

  test("days that were not counted are not shown as days without a use", () => {
    expect(usageByDay({ since: at(24, 12), hours: [] }, now).map((day) => day.date)).toEqual([
      "2026-11-24",
      "2026-11-25",
    ]);
  });
});
