/** What people store: pairs of names and texts, a database login, or any text. It is always sent as one text. */

export interface Pair {
  name: string;
  value: string;
  /** the value that was no text, as long as nobody changes it: numbers stay numbers */
  raw?: number | boolean | null;
}

export type Kind = "login" | "pairs" | "text";

export interface Login {
  engine: string;
  host: string;
  port: string;
  dbname: string;
  username: string;
  password: string;
  ssl: string;
  masterarn: string;
}

export const noLogin: Login = {
  engine: "postgres",
  host: "",
  port: "",
  dbname: "",
  username: "",
  password: "",
  ssl: "",
  masterarn: "",
};

export const engines = [
  { value: "postgres", label: "PostgreSQL", port: "5432" },
  { value: "mysql", label: "MySQL", port: "3306" },
  { value: "mariadb", label: "MariaDB", port: "3306" },
];

const loginNames = Object.keys(noLogin) as (keyof Login)[];

/** The members of a JSON object as texts, in their order; undefined for anything that is no flat object. */
export function pairsOf(text: string): Pair[] | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) return undefined;
  const pairs: Pair[] = [];
  for (const [name, value] of Object.entries(parsed)) {
    if (typeof value === "string") pairs.push({ name, value });
    else if (value === null || typeof value === "boolean" || isExact(value))
      pairs.push({ name, value: String(value), raw: value });
    else return undefined;
  }
  return pairs;
}

/** A number that reading and writing leaves as it was. */
function isExact(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER;
}

/** The fields of a database login, and what else the object holds; undefined when it is none. */
export function loginOf(text: string): { login: Login; others: Pair[] } | undefined {
  const pairs = pairsOf(text);
  if (!pairs) return undefined;
  const has = (name: string) => pairs.some((pair) => pair.name === name);
  if (!has("username") || !has("password") || !(has("host") || has("engine"))) return undefined;
  const login = { ...noLogin, engine: "" };
  const others: Pair[] = [];
  for (const pair of pairs) {
    const field = loginNames.find((one) => one === pair.name);
    if (field) login[field] = pair.raw === null ? "" : pair.value;
    else others.push(pair);
  }
  return { login, others };
}

/** Of which kind a value is, so that it opens in the form that fits. */
export function kindOf(text: string): Kind {
  if (loginOf(text)) return "login";
  return pairsOf(text) ? "pairs" : "text";
}

/** Pairs as the text that is stored. Names keep their order. */
export function textOfPairs(pairs: Pair[]): string {
  const members = pairs
    .filter((pair) => pair.name !== "")
    .map((pair) => `${JSON.stringify(pair.name)}:${JSON.stringify(plain(pair))}`);
  return `{${members.join(",")}}`;
}

const plain = (pair: Pair) => (pair.raw === undefined ? pair.value : pair.raw);

/** A login as the text that is stored, as clients and the rotators want it: port is a number, ssl a flag. */
export function textOfLogin(login: Login, others: Pair[] = []): string {
  const members: string[] = [];
  const put = (name: string, value: unknown) =>
    members.push(`${JSON.stringify(name)}:${JSON.stringify(value)}`);
  for (const name of loginNames) {
    const text = name === "password" ? login.password : login[name].trim();
    if (text === "") continue;
    if (name === "port") put(name, Number(text));
    else if (name === "ssl") put(name, text === "true");
    else put(name, text);
  }
  for (const pair of others) put(pair.name, plain(pair));
  return `{${members.join(",")}}`;
}

/** What is wrong with each field of a login, in words that say what is wanted. */
export function loginFaults(login: Login): Partial<Record<keyof Login, string>> {
  const faults: Partial<Record<keyof Login, string>> = {};
  if (!/^[A-Za-z0-9_.:-]{1,253}$/.test(login.host.trim()))
    faults.host = "A name or an address, without spaces.";
  const port = login.port.trim();
  if (port !== "" && !(/^\d+$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535))
    faults.port = "A number from 1 to 65535.";
  const user = new TextEncoder().encode(login.username.trim()).length;
  if (user === 0) faults.username = "A user is needed.";
  if (user > 80) faults.username = "At most 80 bytes.";
  if (login.password === "") faults.password = "A password is needed.";
  if (login.masterarn.trim() !== "" && !login.masterarn.trim().startsWith("arn:"))
    faults.masterarn = "The ARN of a secret, which begins with arn:.";
  return faults;
}

/** What is wrong with each pair, by its place. */
export function pairFaults(pairs: Pair[]): (string | undefined)[] {
  return pairs.map(({ name, value }, index) => {
    if (name === "" && value !== "") return "This value has no name.";
    if (name !== "" && pairs.findIndex((pair) => pair.name === name) !== index)
      return "This name is there twice.";
    return undefined;
  });
}

/** The most that a secret holds, in bytes. */
export const mostBytes = 65_536;

export function textFault(text: string): string | undefined {
  if (text === "") return "A value is needed.";
  const bytes = new TextEncoder().encode(text).length;
  return bytes > mostBytes ? `${bytes} bytes; at most ${mostBytes} are taken.` : undefined;
}

const form = /^[a-zA-Z0-9/_+=.@!-]{1,512}$/;
export const nameRule = "Letters, digits and / _ + = . @ ! -, at most 512. Slashes group: team/app/db.";

export function nameFault(name: string): string | undefined {
  if (name === "") return "A name is needed: programs find the secret by it.";
  return form.test(name) ? undefined : nameRule;
}

/** Characters that tools, URLs and shells trip over; a drawn password goes without them. */
export const awkward = " \"'\\/@`$%&<>;:?#";
