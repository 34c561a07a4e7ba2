import type { NamedValue } from "../api/types";

export interface DiffLine {
  name: string;
  label: string;
  before: NamedValue | undefined;
  after: NamedValue | undefined;
  changed: boolean;
}

/** Field by field in the order of the newer side; fields that only the older side has come last. */
export function diffLines(before: NamedValue[], after: NamedValue[]): DiffLine[] {
  const older = new Map(before.map((one) => [one.name, one]));
  const lines = after.map((one) => line(one.name, older.get(one.name), one));
  const newer = new Set(after.map((one) => one.name));
  const gone = before.filter((one) => !newer.has(one.name)).map((one) => line(one.name, one, undefined));
  return [...lines, ...gone];
}

function line(name: string, before: NamedValue | undefined, after: NamedValue | undefined): DiffLine {
  const label = after?.label ?? before?.label ?? name;
  return { name, label, before, after, changed: (before?.value ?? null) !== (after?.value ?? null) };
}
