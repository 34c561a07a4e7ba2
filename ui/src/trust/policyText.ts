/** Finds its way in the text of a policy, so that a mistake is shown where it stands. */

export interface Mistake {
  /** 1 for the first; undefined when the place cannot be told */
  line: number | undefined;
  message: string;
}

/** Whether the text is JSON at all, before the server is asked. */
export function jsonMistake(text: string): Mistake | undefined {
  if (text.trim() === "") return { line: undefined, message: "The policy is empty." };
  try {
    JSON.parse(text);
    return undefined;
  } catch {
    const line = lineAt(text, faultIn(text));
    return { line, message: "This is not JSON: a comma, quote or bracket is wrong here." };
  }
}

const literal = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|"(?:[^"\\\n]|\\.)*")/y;

/** Where JSON ends to be JSON. Browsers say it in words of their own, or not at all. */
function faultIn(text: string): number {
  const open: string[] = [];
  // What may come: a value, a name, a name or the end of an empty object, what follows a value.
  let want: "value" | "first" | "name" | "next" = "value";
  let at = skipSpace(text, 0);
  for (; at < text.length; at = skipSpace(text, at)) {
    const letter = text[at] ?? "";
    const inside = open.at(-1);
    if (want === "next") {
      if (letter === "," && inside) {
        want = inside === "{" ? "name" : "value";
      } else if (closes(inside, letter)) {
        open.pop();
      } else return at;
      at++;
    } else if (want === "first" && closes(inside, letter)) {
      open.pop();
      want = "next";
      at++;
    } else if (inside === "{" && want !== "value") {
      const end = letter === '"' ? literalEnd(text, at) : -1;
      const colon = skipSpace(text, end);
      if (end < 0 || text[colon] !== ":") return at;
      want = "value";
      at = colon + 1;
    } else if (letter === "{" || letter === "[") {
      open.push(letter);
      want = "first";
      at++;
    } else {
      const end = literalEnd(text, at);
      if (end < 0) return at;
      want = "next";
      at = end;
    }
  }
  return text.trimEnd().length;
}

function closes(inside: string | undefined, letter: string): boolean {
  return (inside === "{" && letter === "}") || (inside === "[" && letter === "]");
}

function literalEnd(text: string, at: number): number {
  literal.lastIndex = at;
  return literal.test(text) ? literal.lastIndex : -1;
}

export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

/** "Statement[0] (Sid "ana").Principal.AWS[1]" as the steps to it. */
export function pathOf(field: string): (string | number)[] {
  const bare = field.replace(/ \(Sid ".*?"\)/g, "");
  const steps: (string | number)[] = [];
  for (const [, name, index] of bare.matchAll(/([^.[\]]+)|\[(\d+)\]/g)) {
    steps.push(index === undefined ? (name ?? "") : Number(index));
  }
  return steps;
}

/** The line on which a field of the policy begins; of one that is missing, that of the nearest around it. */
export function lineOf(text: string, field: string): number | undefined {
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  return lineAt(text, find(text, skipSpace(text, 0), pathOf(field)));
}

/** The offset of the value at a path below the value that begins at an offset. */
function find(text: string, start: number, path: (string | number)[]): number {
  const [step, ...rest] = path;
  if (step === undefined) return start;
  for (const member of members(text, start)) {
    if (member.name === step || (typeof step === "number" && member.index === step)) {
      return rest.length === 0 ? member.start : find(text, member.value, rest);
    }
  }
  // A lone statement needs no list around it.
  return step === 0 ? find(text, start, rest) : start;
}

interface Member {
  name: string | undefined;
  index: number;
  /** where the member begins: its name, or the value itself in a list */
  start: number;
  value: number;
}

/** The members of the object or list at an offset. The text is sound JSON. */
function members(text: string, start: number): Member[] {
  const open = text[start];
  if (open !== "{" && open !== "[") return [];
  const found: Member[] = [];
  let at = skipSpace(text, start + 1);
  while (text[at] !== "}" && text[at] !== "]") {
    const begin = at;
    let name: string | undefined;
    if (open === "{") {
      const end = skipValue(text, at);
      name = JSON.parse(text.slice(at, end)) as string;
      at = skipSpace(text, skipSpace(text, end) + 1);
    }
    found.push({ name, index: open === "[" ? found.length : -1, start: begin, value: at });
    at = skipSpace(text, skipValue(text, at));
    if (text[at] === ",") at = skipSpace(text, at + 1);
  }
  return found;
}

function skipSpace(text: string, at: number): number {
  let next = at;
  while (/\s/.test(text[next] ?? "")) next++;
  return next;
}

/** The offset behind the value that begins at an offset. */
function skipValue(text: string, at: number): number {
  if (text[at] === '"') {
    let next = at + 1;
    while (text[next] !== '"') next += text[next] === "\\" ? 2 : 1;
    return next + 1;
  }
  if (text[at] === "{" || text[at] === "[") {
    const last = members(text, at).at(-1);
    const end = last ? skipSpace(text, skipValue(text, last.value)) : skipSpace(text, at + 1);
    return end + 1;
  }
  let next = at;
  while (next < text.length && !/[\s,\]}]/.test(text[next] ?? "")) next++;
  return next;
}
