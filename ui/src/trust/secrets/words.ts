import type { RotationStep, Secret, SecretState } from "../../api/types";
import { count } from "../words";

export type Tone = "good" | "attention" | "failure" | "quiet";

/** The states by which a list can be narrowed, the most pressing first. */
export const states: Record<SecretState, { word: string; tone: Tone }> = {
  "in-use": { word: "In use", tone: "good" },
  failed: { word: "Rotation failed", tone: "failure" },
  due: { word: "Rotation due", tone: "attention" },
  rotating: { word: "Rotating", tone: "attention" },
  deleting: { word: "Waiting for deletion", tone: "failure" },
  empty: { word: "Without a value", tone: "quiet" },
};

export const isState = (text: string): text is SecretState => Object.hasOwn(states, text);

/** Where the page about a secret's key is: by id, or a search for its alias. */
export function keyPlace(key: string): { label: string; id?: string; search?: string } {
  if (key === "") return { label: "aws/secretsmanager, the service’s own", search: "aws/secretsmanager" };
  const bare = key.startsWith("arn:") ? key.split(":").slice(5).join(":") : key;
  if (bare.startsWith("alias/")) return { label: bare.slice(6), search: bare.slice(6) };
  const id = bare.replace(/^key\//, "");
  return { label: id, id };
}

export const rotators: { name: string; label: string; how: string }[] = [
  {
    name: "SignetPostgreSQLSingleUser",
    label: "PostgreSQL, one user",
    how: "The user’s own password is replaced. Connections that open between the change and the next reading of the secret are refused for a moment.",
  },
  {
    name: "SignetPostgreSQLMultiUser",
    label: "PostgreSQL, two users taking turns",
    how: "A second user, NAME_clone, gets the same rights; each rotation switches to the other one, so that nothing is refused. The value needs masterarn, the secret of a user who may change both.",
  },
  {
    name: "SignetMySQLSingleUser",
    label: "MySQL or MariaDB, one user",
    how: "The user’s own password is replaced. Connections that open between the change and the next reading of the secret are refused for a moment.",
  },
  {
    name: "SignetMySQLMultiUser",
    label: "MySQL or MariaDB, two users taking turns",
    how: "A second user, NAME_clone, gets the same rights; each rotation switches to the other one, so that nothing is refused. The value needs masterarn, the secret of a user who may change both.",
  },
];

export function rotatorLabel(name: string): string {
  return rotators.find((one) => one.name === name)?.label ?? name;
}

/** A schedule as one would say it; one that is too rich for that stays as it was written. */
export function scheduleWords(schedule: string | undefined): string {
  if (!schedule) return "only when somebody asks for it";
  const rate = /^rate\((\d+) (day|hour)s?\)$/.exec(schedule);
  if (rate) {
    const number = Number(rate[1]);
    return number === 1 ? `every ${rate[2]}` : `every ${number} ${rate[2]}s`;
  }
  return schedule;
}

export function windowWords(window: string | undefined): string {
  const hours = Number(/^(\d+)h$/.exec(window ?? "")?.[1] ?? 0);
  return hours === 0 ? "until the end of the day (UTC)" : count(hours, "hour");
}

const steps: Record<RotationStep["step"], string> = {
  createSecret: "drawing a new password",
  setSecret: "giving it to the database",
  testSecret: "logging in with it",
  finishSecret: "making it the current value",
};
export const stepOrder = Object.keys(steps) as RotationStep["step"][];

export function stepWords(step: RotationStep["step"]): string {
  return steps[step] ?? step;
}

/** What to do about the reason that the log gives for a failed step. */
const mends: [RegExp, string][] = [
  [
    /refuses the user or the password/,
    "The value does not log in. Store the user and password that the database has now, take AWSPENDING from the version below, and rotate again.",
  ],
  [
    /cannot be reached/,
    "Check host and port in the value, and that the database runs and lets this server in.",
  ],
  [
    /does not answer in time/,
    "The database, or what stands between it and this server, is too slow or closed.",
  ],
  [
    /did not answer as a database does/,
    "Something else listens there, or it wants encryption: check port and ssl in the value.",
  ],
  [
    /certificate is not trusted/,
    "Its certificate must be signed by an authority that this server trusts, and name the host as the value does.",
  ],
  [
    /another user or server/,
    "Take AWSPENDING from the version below, and rotate again: it begins anew from the current value.",
  ],
  [/masterarn/, "Add masterarn to the value: the ARN of the secret of a user who may change both users."],
  [
    /engine must be|host must be|username is|password or dbname|port must be|ssl must be|JSON of a database/,
    "Store a new value as a database login; the form there asks for all that is needed.",
  ],
  [
    /not one of its rotation function|engine is not/,
    "Choose the rotator of the database that the value names, or mend engine in the value.",
  ],
  [/KMS key|Access to KMS/, "Enable the key of the secret, or give the secret another one."],
  [/answers error/, "The database’s own log has the details under this time. It is tried again by itself."],
];

export function mendFor(reason: string): string {
  const found = mends.find(([form]) => form.test(reason));
  return found?.[1] ?? "The server’s log has the details. It is tried again by itself.";
}

/** The steps of the rotation that makes or made a version, in their order, each with how it ended last. */
export function stepsOf(all: RotationStep[], version: string | undefined): RotationStep[] {
  const wanted = version ?? all[0]?.version;
  const newest = new Map<string, RotationStep>();
  for (const step of all) if (step.version === wanted && !newest.has(step.step)) newest.set(step.step, step);
  return stepOrder.flatMap((name) => newest.get(name) ?? []);
}

/** The next date of a rotation, for a narrow place: the end of its window, or the retry. */
export function nextDate({ rotation, state }: Pick<Secret, "rotation" | "state">): string | undefined {
  if (!rotation?.on || state === "deleting") return undefined;
  return rotation.retryAt ?? rotation.opensAt;
}

/** The day of a date that the server keeps to the day only, in UTC. */
export function dayOf(at: string | undefined): string {
  return at ? at.slice(0, 10) : "";
}

/** The address of a secret's page. */
export const secretSearch = (name: string) => ({ name: [name] }) as never;

/** A version's id is a long UUID: its beginning tells versions apart, the whole stands in the title. */
export const shortVersion = (id: string) => (id.length > 12 ? `${id.slice(0, 8)}…` : id);

/** "secretsmanager:GetSecretValue on arn:... is allowed by X" without what the page has said already. */
export function whyWords(why: string): string {
  return why.replace(/^\S+ on \S+ is allowed( by |: )/, "");
}
