import { execFile } from "node:child_process";
import { appendFileSync } from "node:fs";
import { promisify } from "node:util";

/** A server under test. */
export interface Place {
  name: string;
  base: string;
  data: string;
  project: string;
  /** one-time links that the program printed by itself */
  links: Record<string, string>;
  started: string;
}

interface Stage {
  binary: string;
  chromium: string;
  hands: string;
  told: string;
  places: Record<string, Place>;
}

const text = process.env.SIGNET_TEST_STAGE;
if (!text) throw new Error("SIGNET_TEST_STAGE is not set: run make test-browser");
export const stage = JSON.parse(text) as Stage;

export function placeOf(name: string): Place {
  const place = stage.places[name];
  if (!place) throw new Error(`there is no server ${name}`);
  return { ...place, name };
}

export const embedded = placeOf("embedded");
export const postgres = placeOf("postgres");
export const odd = placeOf("odd");
export const trusted = placeOf("trust");
export const warehouses = [embedded, postgres];

const run = promisify(execFile);

/** Runs a command of the program; fails when the command does. */
export async function signet(...args: string[]): Promise<string> {
  const { stdout } = await run(stage.binary, args, { env: { PATH: process.env.PATH } });
  return stdout.trim();
}

/** A one-time link; what the program printed at its start is used up first. */
export async function linkFor(place: Place, user: string): Promise<string> {
  return signet("user", "link", user, "--data", place.data, "--url", place.base);
}

async function hands(path: string, body = ""): Promise<unknown> {
  const answer = await fetch(`${stage.hands}${path}`, { method: "POST", body });
  const said = await answer.text();
  if (!answer.ok) throw new Error(`${path}: ${said}`);
  return said === "" ? undefined : JSON.parse(said);
}

/** Runs SQL in the PostgreSQL warehouse, behind the program's back; every value is text. */
export async function sql(statement: string): Promise<string[][]> {
  return (await hands("/sql", JSON.stringify({ sql: statement }))) as string[][];
}

export async function database(state: "stopped" | "started" | "readonly" | "writable"): Promise<void> {
  await hands(`/database/${state}`);
}

export interface Credentials {
  id: string;
  secret: string;
}

/** A signed request, as a program with an access key sends it; a target is the operation of a JSON service. */
export async function signed(
  place: Place,
  { id, secret }: Credentials,
  service: string,
  body: string,
  target = "",
): Promise<{ status: number; body: string }> {
  const ask = JSON.stringify({ base: place.base, id, secret, service, body, target });
  return (await hands("/signed", ask)) as { status: number; body: string };
}

const secrets = new Set<string>();

/** Notes what must be in no address and in no log. */
export function keepSecret(secret: string) {
  if (secret.length < 16 || secrets.has(secret)) return;
  secrets.add(secret);
  appendFileSync(stage.told, `${secret}\n`);
}

export function secretIn(text: string): string | undefined {
  for (const secret of secrets) if (text.includes(secret)) return `${secret.slice(0, 20)}...`;
  return undefined;
}
