/** Names with values, as they are typed: tags, and what an encryption context must hold. */

export interface Pair {
  key: string;
  value: string;
}

/** The pairs that were filled in. */
export function filled(pairs: Pair[]): Pair[] {
  return pairs.filter((pair) => pair.key !== "" || pair.value !== "");
}

/** What is wrong with them, as one sentence. */
export function pairsFault(pairs: Pair[], most: number): string | undefined {
  const all = filled(pairs);
  const keys = all.map((pair) => pair.key);
  if (keys.includes("")) return "A value has no name.";
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) return `${twice} is there twice.`;
  return all.length > most ? `There are more than ${most}.` : undefined;
}

/** As an object; undefined when there are none. */
export function asRecord(pairs: Pair[]): Record<string, string> | undefined {
  const all = filled(pairs);
  return all.length === 0 ? undefined : Object.fromEntries(all.map((pair) => [pair.key, pair.value]));
}
