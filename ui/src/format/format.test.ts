import { describe, expect, it } from "vitest";
import type { Described, Value } from "../api/types";
import { exactUtc, formatAgo, formatRemaining, formatTimestamp, formatValue, toTsv, unitOf } from "./format";

const shape = (type: Described["type"], format = "", unit = "") => ({ type, format, unit });
const show = (value: Value, of: ReturnType<typeof shape>, options = {}) =>
  formatValue(value, of, { locale: "en-US", timeZone: "Europe/Berlin", ...options });

describe("formatValue", () => {
  it("keeps every digit of a decimal", () => {
    expect(show("12345678901234567890.1230", shape("decimal"))).toBe("12,345,678,901,234,567,890.1230");
    expect(show("9007199254740993", shape("integer"))).toBe("9,007,199,254,740,993");
  });

  it("writes money with its symbol, in a table cell without", () => {
    expect(show("1234.5", shape("decimal", "currency:USD"))).toBe("$1,234.50");
    expect(show("1234.5", shape("decimal", "currency:USD"), { symbol: false })).toBe("1,234.50");
    expect(show("0.1234", shape("decimal", "currency:USD"))).toBe("$0.1234");
    expect(show("5", shape("decimal", "currency:not a code"))).toBe("5.00 not a code");
  });

  it("writes both kinds of percent", () => {
    expect(show("0.125", shape("decimal", "percent"))).toBe("12.5%");
    expect(show("0.30", shape("decimal", "percent"))).toBe("30%");
    expect(show("12.5", shape("decimal", "percent100"))).toBe("12.5%");
    expect(show(13 / 19, shape("float", "percent"))).toBe("68.4%");
    expect(show(100 / 3, shape("float", "percent100"))).toBe("33.3%");
    expect(show(26 / 38, shape("float", "percent"))).toBe("68.4%");
  });

  it("does not group an id", () => {
    expect(show(1234567, shape("integer", "id"))).toBe("1234567");
    expect(show("Q-1001", shape("text", "id"))).toBe("Q-1001");
  });

  it("tells NULL from an empty text", () => {
    expect(show(null, shape("text"))).toBe("–");
    expect(show("", shape("text"))).toBe("");
  });

  it("shows a time in the viewer's zone and leaves a date alone", () => {
    expect(show("2026-01-31T23:30:00.5Z", shape("timestamp"))).toBe("2026-02-01 00:30:00");
    expect(show("2026-01-31", shape("date"))).toBe("2026-01-31");
  });

  it("shortens numbers for an axis only", () => {
    expect(show("12400", shape("decimal", "currency:USD"), { compact: true, symbol: false })).toBe("12.4K");
  });

  it("shows floats without noise", () => {
    expect(show(0.1 + 0.2, shape("float"))).toBe("0.3");
    expect(show(1e-7, shape("float"))).toBe("0");
    expect(show(3, shape("float", "", "h"))).toBe("3 h");
  });

  it("shows what is no number as it came", () => {
    expect(show("n/a", shape("decimal"))).toBe("n/a");
    expect(formatTimestamp("soon")).toBe("soon");
  });
});

describe("units and times", () => {
  it("names the unit of a header", () => {
    expect(unitOf(shape("decimal", "currency:EUR"))).toBe("EUR");
    expect(unitOf(shape("decimal", "", "kg"))).toBe("kg");
    expect(unitOf(shape("text"))).toBe("");
  });

  it("keeps the microseconds of an exact time", () => {
    expect(exactUtc("2026-01-31T10:11:12.123456Z")).toBe("2026-01-31 10:11:12.123456 UTC");
    expect(exactUtc("2026-01-31T11:11:12+01:00")).toBe("2026-01-31 10:11:12.000 UTC");
  });

  it("counts down coarsely", () => {
    expect(formatRemaining(9 * 60_000 + 30_000)).toBe("9 min");
    expect(formatRemaining(45_000)).toBe("45 s");
    expect(formatRemaining(3_600_000)).toBe("1 h");
    expect(formatRemaining(0)).toBe("expired");
  });

  it("says how long ago", () => {
    const now = Date.parse("2026-01-31T12:00:00Z");
    expect(formatAgo("2026-01-31T11:59:50Z", now)).toBe("just now");
    expect(formatAgo("2026-01-31T11:56:00Z", now)).toBe("4 min ago");
    expect(formatAgo("2026-01-30T12:00:00Z", now)).toBe("yesterday");
  });
});

describe("toTsv", () => {
  it("quotes what would break a line or a cell", () => {
    expect(
      toTsv([
        ["a", "b\tc"],
        ['say "x"', "two\nlines"],
      ]),
    ).toBe('a\t"b\tc"\n"say ""x"""\t"two\nlines"');
  });
});
