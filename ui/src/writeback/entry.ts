import type { ActionInput, Value } from "../api/types";
import { compareDecimal, onStep, readDecimal, shiftDecimal } from "../format/decimal";
import { formatValue, unitOf } from "../format/format";

/** What the user has typed, by input name: text as typed, so that nothing is lost or reshaped under the cursor. */
export type Entry = Record<string, string>;

export function isNumberInput(input: ActionInput): boolean {
  return input.type === "integer" || input.type === "decimal" || input.type === "float";
}

/** What the user sees beside the number: a fraction is entered as a percentage. */
export function unitText(input: ActionInput): string {
  if (input.format === "percent" || input.format === "percent100") return "%";
  return unitOf(input);
}

export function startEntry(inputs: ActionInput[], kept: Entry = {}): Entry {
  const entry: Entry = {};
  for (const input of inputs) entry[input.name] = kept[input.name] ?? textOf(input, input.default);
  return entry;
}

/** A value as the text of its field. */
export function textOf(input: ActionInput, value: Value | undefined): string {
  if (value === null || value === undefined) return "";
  if (input.format === "percent" && isNumberInput(input)) return shiftDecimal(String(value), 2);
  return String(value);
}

/** The text of a field as the API wants it; call only when checkInput finds nothing. */
export function wireValue(input: ActionInput, text: string): Value {
  if (input.type === "boolean") return text === "true";
  if (text.trim() === "") return null;
  if (isNumberInput(input)) return numberOf(input, text);
  if (input.type === "timestamp") return new Date(text).toISOString();
  return input.type === "text" ? text : text.trim();
}

function numberOf(input: ActionInput, text: string): Value {
  const digits = toBase(input, text) ?? text;
  if (input.type === "decimal") return digits;
  const number = Number(digits);
  return input.type === "integer" && !Number.isSafeInteger(number) ? digits : number;
}

/** Digits in the unit of the database: 12.5 % entered is 0.125. */
function toBase(input: ActionInput, text: string): string | undefined {
  const digits = readDecimal(text);
  if (digits === undefined) return undefined;
  return input.format === "percent" ? shiftDecimal(digits, -2) : digits;
}

export function values(inputs: ActionInput[], entry: Entry): Record<string, Value> {
  return Object.fromEntries(inputs.map((input) => [input.name, wireValue(input, entry[input.name] ?? "")]));
}

/** The rule of an input in words, shown before it is broken. */
export function ruleText(input: ActionInput): string {
  const parts: string[] = [];
  if (isNumberInput(input)) parts.push(rangeText(input));
  if (input.maxLength) parts.push(`up to ${input.maxLength} characters`);
  return parts.filter((part) => part !== "").join(", ");
}

function rangeText(input: ActionInput): string {
  const show = (value: number | string) => formatValue(value, input);
  const { min, max } = input;
  let text = "";
  if (min !== undefined && max !== undefined) text = `${show(min)} to ${show(max)}`;
  else if (min !== undefined) text = `${show(min)} or more`;
  else if (max !== undefined) text = `${show(max)} or less`;
  else if (input.type === "integer") text = "a whole number";
  if (input.step === undefined || String(input.step) === "0") return text;
  if (input.type === "integer" && String(input.step) === "1") return text;
  return `${text === "" ? "" : `${text}, `}in steps of ${show(input.step)}`;
}

/** What is wrong with the text of a field, in words that say what it wants; undefined when nothing is. */
export function checkInput(input: ActionInput, text: string): string | undefined {
  if (input.type === "boolean") return undefined;
  if (text.trim() === "") return input.required ? `${input.label} is needed.` : undefined;
  if (input.options?.length) {
    const known = input.options.some((option) => textOf(input, option) === text);
    return known ? undefined : "Choose one of the list.";
  }
  if (isNumberInput(input)) return checkNumber(input, text);
  if (input.type === "date") return checkDate(text);
  if (input.type === "timestamp") return checkTime(text);
  return checkText(input, text);
}

function checkText(input: ActionInput, text: string): string | undefined {
  const length = [...text].length;
  if (!input.maxLength || length <= input.maxLength) return undefined;
  return `${length} characters; the limit is ${input.maxLength}.`;
}

function checkNumber(input: ActionInput, text: string): string | undefined {
  const digits = toBase(input, text);
  const { min, max, step } = input;
  const show = (value: number | string) => formatValue(value, input);
  if (digits === undefined) return `Enter a number${exampleOf(input)}.`;
  if (input.type === "integer" && digits.includes(".")) return "Enter a whole number.";
  if (min !== undefined && compareDecimal(digits, String(min)) < 0) return `Enter ${show(min)} or more.`;
  if (max !== undefined && compareDecimal(digits, String(max)) > 0) return `Enter ${show(max)} or less.`;
  if (step !== undefined && !onStep(digits, String(step), String(min ?? 0)))
    return `Enter a multiple of ${show(step)}.`;
  return undefined;
}

function exampleOf(input: ActionInput): string {
  return input.min !== undefined ? `, such as ${textOf(input, input.min)}` : "";
}

function checkDate(text: string): string | undefined {
  const valid = /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(new Date(text).getTime());
  return valid ? undefined : "Enter a date as year-month-day, such as 2026-01-31.";
}

function checkTime(text: string): string | undefined {
  return Number.isNaN(new Date(text).getTime()) ? "Enter a date and a time." : undefined;
}

/** All faults of a form, by input name. */
export function checkEntry(inputs: ActionInput[], entry: Entry): Record<string, string> {
  const faults: Record<string, string> = {};
  for (const input of inputs) {
    const fault = checkInput(input, entry[input.name] ?? "");
    if (fault) faults[input.name] = fault;
  }
  return faults;
}

/** What was typed stays here when a form is left or a connection is lost, until it is written or someone else signs in. */
export class Drafts {
  private readonly kept = new Map<string, Entry>();
  private owner = "";

  /** Another person in the same tab must not find the drafts of the one before. */
  belongTo(user: string) {
    if (this.owner !== user) this.kept.clear();
    this.owner = user;
  }

  keep(place: string, entry: Entry) {
    this.kept.set(place, entry);
  }

  find(place: string): Entry | undefined {
    return this.kept.get(place);
  }

  drop(place: string) {
    this.kept.delete(place);
  }
}

export const drafts = new Drafts();
