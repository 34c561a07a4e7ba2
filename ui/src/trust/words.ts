import type { Key, KeyUse } from "../api/types";

/** What people call a key: its first alias, else its id. */
export function keyName(key: Pick<Key, "aliases" | "id">): string {
  return key.aliases[0] ?? key.id;
}

/** Whether what was typed names the thing; a key may be named with alias/ before it, or by its id. */
export function names(typed: string, ...accepted: string[]): boolean {
  const text = typed.trim().replace(/^alias\//, "");
  return accepted.some((one) => one === text);
}

const usages: Record<string, string> = {
  ENCRYPT_DECRYPT: "encrypts",
  SIGN_VERIFY: "signs",
  GENERATE_VERIFY_MAC: "makes MACs",
  KEY_AGREEMENT: "agrees on secrets",
};

export function usageWords(usage: string): string {
  return usages[usage] ?? usage;
}

const specs: Record<string, string> = { SYMMETRIC_DEFAULT: "AES-256" };

export function specWords(spec: string): string {
  return specs[spec] ?? spec.replaceAll("_", " ");
}

/** How an event about a key ended. */
export function resultWords(use: Pick<KeyUse, "result">): { text: string; tone: "good" | "failure" } {
  if (use.result === "ok") return { text: "done", tone: "good" };
  if (use.result === "denied") return { text: "denied", tone: "failure" };
  return { text: `refused: ${use.result.replaceAll("_", " ")}`, tone: "failure" };
}

const browsers: [RegExp, string][] = [
  [/Edg\//, "Edge"],
  [/OPR\//, "Opera"],
  [/Firefox\//, "Firefox"],
  [/Chrome\/|Chromium\//, "Chrome"],
  [/Safari\//, "Safari"],
];

const systems: [RegExp, string][] = [
  [/Android/, "Android"],
  [/iPhone|iPad/, "iOS"],
  [/Windows/, "Windows"],
  [/Mac OS X|Macintosh/, "macOS"],
  [/CrOS/, "ChromeOS"],
  [/Linux/, "Linux"],
];

/** "Firefox on Linux"; what is no browser keeps its own name. */
export function browserOf(userAgent: string): string {
  const browser = browsers.find(([form]) => form.test(userAgent))?.[1];
  if (!browser) return userAgent === "" ? "unknown program" : (userAgent.split(" ")[0] ?? userAgent);
  const system = systems.find(([form]) => form.test(userAgent))?.[1];
  return system ? `${browser} on ${system}` : browser;
}

/** "1 grant", "3 grants". */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

/** The last part of an ARN, for narrow places; the whole stands in its title. */
export function shortArn(arn: string): string {
  return arn.startsWith("arn:") ? arn.split(":").slice(5).join(":") || arn : arn;
}

const uses =
  /^(Encrypt|Decrypt|ReEncrypt|GenerateDataKey|Sign$|Verify$|GenerateMac|VerifyMac|DeriveSharedSecret)/;

/** The newest use by each who used the key for what keys are for; the list is newest first. */
export function lastUsers(events: KeyUse[]): KeyUse[] {
  const seen = new Map<string, KeyUse>();
  for (const event of events) {
    if (event.result === "ok" && uses.test(event.operation) && !seen.has(event.by)) seen.set(event.by, event);
  }
  return [...seen.values()];
}

export const userNameRule = "a to z, digits and . _ @ + -, at most 64, beginning with a letter or digit.";

/** What is wrong with the name of a user who is to be made. */
export function userNameFault(name: string): string | undefined {
  if (name === "") return "A name is needed: it is what the user types to sign in.";
  return /^[a-z0-9][a-z0-9._@+-]{0,63}$/.test(name) ? undefined : `Use ${userNameRule}`;
}

export function iamNameRule(most: number): string {
  return `Letters, digits and + = , . @ _ -, at most ${most}.`;
}

/** What is wrong with the name of a group, role or policy. */
export function iamNameFault(name: string, most: number): string | undefined {
  if (name === "") return "A name is needed.";
  return /^[A-Za-z0-9+=,.@_-]+$/.test(name) && name.length <= most
    ? undefined
    : `Use ${iamNameRule(most).toLowerCase()}`;
}

/** The name at the end of an ARN. */
export function lastPart(arn: string): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}

/** What is wrong with the longest session of a role. */
export function minutesFault(minutes: number | string): string | undefined {
  const number = Number(minutes);
  return minutes !== "" && Number.isInteger(number) && number >= 60 && number <= 720
    ? undefined
    : "Use 60 to 720.";
}

/** What is wrong with the name of an action. */
export function actionFault(action: string): string | undefined {
  if (action === "") return "Name an action.";
  return /^[a-z][a-z0-9-]*:[A-Za-z]+$/.test(action)
    ? undefined
    : "An action has its service before it, as kms:Decrypt.";
}

/** Actions that people ask about most. */
export const commonActions = [
  "kms:Encrypt",
  "kms:Decrypt",
  "kms:GenerateDataKey",
  "kms:CreateKey",
  "kms:DisableKey",
  "kms:ScheduleKeyDeletion",
  "kms:PutKeyPolicy",
  "kms:CreateGrant",
  "secretsmanager:GetSecretValue",
  "secretsmanager:PutSecretValue",
  "secretsmanager:CreateSecret",
  "secretsmanager:RotateSecret",
  "secretsmanager:DeleteSecret",
  "sts:AssumeRole",
  "cloudtrail:LookupEvents",
  "iam:ListUsers",
  "iam:CreateUser",
  "iam:DeleteUser",
  "iam:CreateAccessKey",
  "iam:AttachUserPolicy",
  "iam:CreateRole",
  "iam:CreatePolicyVersion",
];

export const aliasRule = "Letters, digits, / _ and -, at most 250; not beginning with aws/.";

export function aliasFault(alias: string): string | undefined {
  if (alias === "") return "A name is needed: people and programs find the key by it.";
  if (!/^[a-zA-Z0-9/_-]{1,250}$/.test(alias)) return aliasRule;
  return alias.startsWith("aws/") ? "Names that begin with aws/ belong to Signet’s own services." : undefined;
}
