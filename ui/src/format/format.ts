import type { Described, Value } from "../api/types";
import { scaleOf, shiftDecimal } from "./decimal";

type Shape = Pick<Described, "type" | "format" | "unit">;

interface Options {
  /** false in table cells: there the unit stands in the header */
  symbol?: boolean;
  /** short numbers for axes: 12.4K */
  compact?: boolean;
  timeZone?: string;
  locale?: string;
}

/** The dash that stands for NULL, so that an absent value is never taken for an empty text. */
export const nothing = "–";

export function isNumeric(shape: Shape): boolean {
  return shape.type === "integer" || shape.type === "decimal" || shape.type === "float";
}

export function currencyOf(format: string | undefined): string | undefined {
  return format?.startsWith("currency:") ? format.slice("currency:".length) : undefined;
}

/** The unit that a header names, so that cells hold bare numbers. */
export function unitOf(shape: Shape): string {
  if (shape.unit) return shape.unit;
  return currencyOf(shape.format) ?? "";
}

/** One formatter for tables, charts, forms, receipts and history. */
export function formatValue(value: Value | undefined, shape: Shape, options: Options = {}): string {
  if (value === null || value === undefined) return nothing;
  switch (shape.type) {
    case "boolean":
      return value === true || value === "true" ? "Yes" : "No";
    case "timestamp":
      return formatTimestamp(String(value), options.timeZone);
    case "integer":
    case "decimal":
    case "float":
      return formatNumber(value, shape, options);
    default:
      return String(value);
  }
}

function formatNumber(value: Value, shape: Shape, options: Options): string {
  const format = shape.format ?? "";
  const text = numberText(value);
  if (text === undefined) return String(value);
  if (format === "id") return text;
  if (format === "percent") return `${formatPercent(shiftDecimal(text, 2), shape, options)}%`;
  if (format === "percent100") return `${formatPercent(text, shape, options)}%`;
  const currency = currencyOf(format);
  if (currency) return formatCurrency(text, currency, options);
  const suffix = options.symbol !== false && shape.unit ? ` ${shape.unit}` : "";
  return formatPlain(text, shape, options) + suffix;
}

/** Plain digits of a number value: no exponent, no grouping. */
function numberText(value: Value): string | undefined {
  const text = typeof value === "number" ? decimalOf(value) : String(value);
  return /^-?\d+(\.\d+)?$/.test(text) ? text : undefined;
}

function decimalOf(value: number): string {
  const text = String(value);
  if (!text.includes("e")) return text;
  return value.toLocaleString("en-US", { useGrouping: false, maximumFractionDigits: 20 });
}

function formatPlain(text: string, shape: Partial<Shape>, options: Options): string {
  const scale = scaleOf(text);
  const kept = shape.type === "float" ? Math.min(scale, 4) : Math.min(scale, 20);
  return intl(options, {
    minimumFractionDigits: shape.type === "decimal" && !options.compact ? kept : 0,
    maximumFractionDigits: options.compact ? 1 : kept,
  }).format(text as Intl.StringNumericLiteral);
}

/** A float is a quotient: its digits behind the first say nothing about a share. */
function formatPercent(text: string, shape: Shape, options: Options): string {
  if (shape.type !== "float") return formatPlain(text, {}, options);
  return intl(options, { maximumFractionDigits: 1 }).format(text as Intl.StringNumericLiteral);
}

function formatCurrency(text: string, currency: string, options: Options): string {
  const scale = Math.min(scaleOf(text.replace(/(\.\d*?)0+$/, "$1")), 6);
  const digits = { minimumFractionDigits: 2, maximumFractionDigits: Math.max(2, scale) };
  const short = { minimumFractionDigits: 0, maximumFractionDigits: 1 };
  const fraction = options.compact ? short : digits;
  if (options.symbol === false) return intl(options, fraction).format(text as Intl.StringNumericLiteral);
  try {
    const style = { style: "currency", currency, currencyDisplay: "narrowSymbol", ...fraction } as const;
    return intl(options, style).format(text as Intl.StringNumericLiteral);
  } catch {
    // Not a currency code of this browser: the number with the code behind it says the same.
    return `${intl(options, fraction).format(text as Intl.StringNumericLiteral)} ${currency}`;
  }
}

const formats = new Map<string, Intl.NumberFormat>();

/** Making an Intl.NumberFormat costs more than using it a thousand times. */
function intl(options: Options, number: Intl.NumberFormatOptions): Intl.NumberFormat {
  const all = { ...number, ...(options.compact ? { notation: "compact" as const } : {}) };
  const key = `${options.locale ?? ""}|${JSON.stringify(all)}`;
  let found = formats.get(key);
  if (!found) {
    found = new Intl.NumberFormat(options.locale, all);
    formats.set(key, found);
  }
  return found;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

function clock(timeZone: string | undefined): Intl.DateTimeFormat {
  const key = timeZone ?? "";
  let found = clocks.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat("sv-SE", {
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      timeZone,
    });
    clocks.set(key, found);
  }
  return found;
}

/** "2026-01-31 10:11:12" in the viewer's zone: sorts as it reads. */
export function formatTimestamp(text: string, timeZone?: string): string {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) return text;
  return clock(timeZone).format(time);
}

/** "10:11:12" in the viewer's zone. */
export function formatClock(text: string, timeZone?: string): string {
  return formatTimestamp(text, timeZone).slice(11);
}

/** The exact time, for hovers and for the record. */
export function exactUtc(text: string): string {
  const whole = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d(?:\.\d+)?)Z$/.exec(text);
  if (whole) return `${whole[1]} ${whole[2]} UTC`;
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? text : `${time.toISOString().slice(0, 23).replace("T", " ")} UTC`;
}

/** "in 9 min", "in 45 s", "expired": coarse on purpose, so that nothing ticks without need. */
export function formatRemaining(milliseconds: number): string {
  if (milliseconds <= 0) return "expired";
  const seconds = Math.ceil(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}

/** "just now", "4 min ago", "yesterday"; the exact time stands beside it or on hover. */
export function formatAgo(text: string, now: number): string {
  const seconds = Math.round((now - new Date(text).getTime()) / 1000);
  if (seconds < 45) return "just now";
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.round(minutes / 60);
  if (hours < 24) return `${hours} h ago`;
  const days = Math.round(hours / 24);
  return days === 1 ? "yesterday" : `${days} days ago`;
}

/** A value as a number for the geometry of a chart; labels use the exact text. */
export function asNumber(value: Value | undefined): number | undefined {
  if (value === null || value === undefined || typeof value === "boolean" || value === "") return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

/** Rows for a spreadsheet; a cell with a tab, a line break or a quote is quoted. */
export function toTsv(rows: string[][]): string {
  const cell = (text: string) => (/[\t\n\r"]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return rows.map((row) => row.map(cell).join("\t")).join("\n");
}

/** What a spreadsheet should get: exact digits without grouping, times in UTC. */
export function plainValue(value: Value | undefined): string {
  if (value === null || value === undefined) return "";
  return String(value);
}
