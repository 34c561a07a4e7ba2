import type { AuditRecord } from "./api";

/** What a sentence is made of. */
export type Told = Pick<
  AuditRecord,
  "action" | "resource" | "who" | "phase" | "ending" | "result" | "detail"
>;

/** One kind of operation: "reveal", "revealed", and what is said after it. */
interface Deed {
  base: string;
  past: string;
  /** instead of the resource */
  of?: (event: Told) => string;
  /** what follows when it is done */
  after?: (event: Told) => string;
}

const nothing = () => "";
const deed = (base: string, past: string, rest: Omit<Deed, "base" | "past"> = {}): Deed => ({
  base,
  past,
  ...rest,
});
const alone = (base: string, past: string) => deed(base, past, { of: nothing });
/** Operations whose verb takes -ed, or -d after an e, followed by more words: "list" and "the keys". */
const plain = (verb: string, more = "") => {
  const past = verb.endsWith("e") ? `${verb}d` : `${verb}ed`;
  return more === "" ? deed(verb, past) : deed(`${verb} ${more}`, `${past} ${more}`);
};
const whole = (verb: string, more: string) => ({ ...plain(verb, more), of: nothing });
const make = (what: string) => deed(`make ${what}`, `made ${what}`);
const read = (what: string) => deed(`read ${what}`, `read ${what}`);

const deeds: Record<string, Deed> = {
  "writeback:Submit": deed("submit", "submitted", { after: written }),
  "writeback:Form": plain("open", "the form of"),
  "writeback:Preview": plain("preview"),
  "writeback:GetReceipt": plain("look", "at"),
  "writeback:History": plain("look", "at the history of rows in"),
  "writeback:CreateLedger": make("the table of receipts in"),
  "dataset:Query": deed("read", "read"),
  "dashboard:Get": plain("open"),
  "project:Apply": deed("apply", "applied"),

  "identity:SignIn": deed("sign in", "signed in", { of: asWhom }),
  "identity:UseLink": deed("sign in by a link", "signed in by a link", { of: asWhom }),
  "identity:Setup": deed("become the first administrator", "became the first administrator", { of: asWhom }),
  "identity:SignOut": alone("sign out", "signed out"),
  "identity:ChangePassword": plain("change", "the password of"),
  "identity:MakeLink": make("a sign-in link for"),
  "identity:MakeSetupLink": alone("make the set-up link", "made the set-up link"),
  "identity:ApplyUsers": alone("take over the project’s users", "took over the project’s users"),
  "identity:ListUsers": whole("list", "the users"),
  "identity:ExplainPolicy": plain("ask", "what is allowed to"),

  "iam:CreateAccessKey": make("an access key for"),
  "iam:DeleteAccessKey": plain("remove", "an access key of"),
  "iam:UpdateAccessKey": plain("switch", "an access key on or off of"),
  "iam:AddUserToGroup": plain("add", "a user to"),
  "iam:RemoveUserFromGroup": plain("remove", "a user from"),
  "iam:AttachUserPolicy": plain("attach", "a policy to"),
  "iam:AttachGroupPolicy": plain("attach", "a policy to"),
  "iam:AttachRolePolicy": plain("attach", "a policy to"),
  "iam:DetachUserPolicy": plain("detach", "a policy from"),
  "iam:DetachGroupPolicy": plain("detach", "a policy from"),
  "iam:DetachRolePolicy": plain("detach", "a policy from"),
  "iam:PutUserPolicy": plain("change", "an inline policy of"),
  "iam:PutGroupPolicy": plain("change", "an inline policy of"),
  "iam:PutRolePolicy": plain("change", "an inline policy of"),
  "iam:UpdateAssumeRolePolicy": plain("change", "who may assume"),

  "kms:Decrypt": plain("decrypt", "with"),
  "kms:Encrypt": plain("encrypt", "with"),
  "kms:ReEncrypt": plain("re-encrypt", "from"),
  "kms:GenerateDataKey": make("a data key under"),
  "kms:GenerateDataKeyWithoutPlaintext": make("a data key, unseen, under"),
  "kms:GenerateRandom": alone("draw random bytes", "drew random bytes"),
  "kms:Sign": plain("sign", "with"),
  "kms:Verify": plain("check", "a signature with"),
  "kms:GenerateMac": make("a MAC with"),
  "kms:VerifyMac": plain("check", "a MAC with"),
  "kms:CreateKey": deed("make", "made", { of: madeKey }),
  "kms:DescribeKey": plain("look", "at"),
  "kms:GetKeyPolicy": read("the policy of"),
  "kms:PutKeyPolicy": plain("change", "the policy of"),
  "kms:ScheduleKeyDeletion": deed("plan the deletion of", "planned the deletion of", { after: due }),
  "kms:CancelKeyDeletion": deed("take back the deletion of", "took back the deletion of"),
  "kms:DeleteKey": plain("delete"),
  "kms:RotateKeyOnDemand": plain("replace", "the material of"),
  "kms:RotateKey": plain("replace", "the material of"),
  "kms:EnableKeyRotation": plain("turn", "on the rotation of"),
  "kms:DisableKeyRotation": plain("turn", "off the rotation of"),
  "kms:CreateGrant": deed("give a grant on", "gave a grant on", { after: grantee }),
  "kms:RevokeGrant": plain("revoke", "a grant on"),
  "kms:RetireGrant": plain("retire", "a grant on"),
  "kms:ListKeys": whole("list", "the keys"),

  "secretsmanager:GetSecretValue": plain("reveal"),
  "secretsmanager:BatchGetSecretValue": whole("reveal", "several secrets"),
  "secretsmanager:CreateSecret": deed("make", "made"),
  "secretsmanager:PutSecretValue": plain("store", "a new value in"),
  "secretsmanager:UpdateSecret": plain("change"),
  "secretsmanager:DescribeSecret": plain("look", "at"),
  "secretsmanager:DeleteSecret": plain("delete"),
  "secretsmanager:RestoreSecret": plain("restore"),
  "secretsmanager:RotateSecret": deed("begin to rotate", "began to rotate"),
  "secretsmanager:RotationStarted": deed("start the rotation of", "started the rotation of"),
  "secretsmanager:RotationSucceeded": deed("end the rotation of", "ended the rotation of"),
  "secretsmanager:RotationFailed": deed("stop the rotation of", "could not end the rotation of"),
  "secretsmanager:RotationStep": deed("do a step of the rotation of", "did a step of the rotation of"),
  "secretsmanager:PutResourcePolicy": plain("change", "the policy of"),
  "secretsmanager:GetResourcePolicy": read("the policy of"),
  "secretsmanager:ListSecrets": whole("list", "the secrets"),

  "sts:AssumeRole": plain("assume"),
  "sts:GetCallerIdentity": whole("ask", "who they are"),
  "sts:VerifySignature": deed("sign a request with", "signed a request with"),
  "cloudtrail:LookupEvents": whole("look", "into the audit log"),
};

/** The operations that have a sentence of their own, to choose from. */
export const knownActions = Object.keys(deeds).sort();

function written({ detail }: Told): string {
  if (detail.replayed) return " again; the first write stands";
  return detail.record ? `: record ${detail.record} is now ${detail.status}` : "";
}

function asWhom({ who, resource }: Told): string {
  const name = resource.replace(/^user\//, "");
  return name === who.name ? "" : `as ${name}`;
}

function madeKey({ detail, resource }: Told): string {
  const made = detail.key ? thing(detail.key) : "";
  return detail.alias ? `key ${detail.alias.replace(/^alias\//, "")}` : made || thing(resource) || "a key";
}

function due({ detail }: Told): string {
  return detail.deletion_date ? ` for ${detail.deletion_date.slice(0, 10)} (UTC)` : "";
}

function grantee({ detail }: Told): string {
  return detail.grantee ? ` to ${thing(detail.grantee)}` : "";
}

/** A resource as one would say it: "secret hospital" for its ARN, "action generate-quote" for action/generate-quote. */
export function thing(resource: string): string {
  if (resource === "" || resource === "*") return "";
  if (!resource.startsWith("arn:")) return pair(resource);
  const [, , service, , , ...rest] = resource.split(":");
  const [kind = "", ...name] = rest;
  // Secrets Manager ends its ARNs in six characters of chance.
  // A secret that was not there yet has question marks where its ARN will end.
  if (service === "secretsmanager") return `secret ${name.join(":").replace(/-([A-Za-z0-9]{6}|\?{6})$/, "")}`;
  return name.length === 0 ? pair(kind) : `${kind} ${name.join(":")}`;
}

function pair(path: string): string {
  const slash = path.indexOf("/");
  const name = path.slice(slash + 1);
  if (slash < 0) return path;
  return name === "" ? path.slice(0, slash) : `${path.slice(0, slash).replaceAll("-", " ")} ${name}`;
}

const irregular: Record<string, string> = {
  get: "read",
  put: "stored",
  make: "made",
  set: "set",
  list: "listed",
};

/** An operation without a sentence of its own is read from its name: "UpdateRole" is "updated role". */
function unknown(action: string): Deed {
  const name = action.slice(action.indexOf(":") + 1);
  const [verb = "do", ...rest] = name
    .replace(/([a-z\d])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(" ");
  const regular = verb.endsWith("e")
    ? `${verb}d`
    : verb.endsWith("y")
      ? `${verb.slice(0, -1)}ied`
      : `${verb}ed`;
  const more = rest.join(" ");
  const base = verb === "get" ? "read" : verb === "put" ? "store" : verb;
  const say = (first: string) => `${first} ${more}`.trim();
  const of = ({ resource }: Told) => {
    const [kind = "", ...named] = thing(resource).split(" ");
    if (kind === "") return "";
    return more.endsWith(kind) || more.endsWith(`${kind}s`) ? named.join(" ") : `of ${thing(resource)}`;
  };
  return deed(say(base), say(irregular[verb] ?? regular), more === "" ? {} : { of });
}

/** Who it was, also when it was nobody that is known. */
export function whoText({ who }: Pick<Told, "who">): string {
  if (who.type === "nobody") return who.name ? `Somebody unknown (${who.name})` : "Somebody unknown";
  if (who.type === "system") return who.name ? `Signet (${who.name.replace(/^system:/, "")})` : "Signet";
  return who.name || who.id;
}

/** What was done, to follow the name of who did it. */
export function deedText(event: Told): string {
  const { base, past, of, after } = deeds[event.action] ?? unknown(event.action);
  const object = (of ?? (({ resource }) => thing(resource)))(event);
  const say = (verb: string) => `${verb} ${object}`.trim();
  if (event.phase === "attempt") return `began to ${say(base)}`;
  if (event.ending === "denied") return `was not allowed to ${say(base)}`;
  if (event.ending === "failed") return `tried to ${say(base)}, which failed: ${codeWords(event.result)}`;
  return `${say(past)}${after?.(event) ?? ""}`;
}

export function sentence(event: Told): string {
  return `${whoText(event)} ${deedText(event)}`;
}

/** The sentence as a whole, with where it came from. */
export function fullSentence(event: Told & Pick<AuditRecord, "sourceIp">): string {
  return `${sentence(event)}${event.sourceIp ? `, from ${event.sourceIp}` : ""}.`;
}

const codes: Record<string, string> = {
  bad_credentials: "wrong name or password",
  link_used: "the link was used or too old",
  internal: "an error on the server",
};

export function codeWords(code: string): string {
  return codes[code] ?? code.replaceAll("_", " ");
}

export interface Ending {
  word: string;
  tone: "good" | "failure" | "attention" | "none";
}

/** How an event came out, in a word. */
export function endingOf({ phase, ending, result }: Told): Ending {
  if (phase === "attempt") return { word: "Begun", tone: "none" };
  if (ending === "denied") return { word: "Denied", tone: "failure" };
  if (ending === "failed") return { word: `Failed: ${codeWords(result)}`, tone: "attention" };
  return { word: phase === "view" ? "Allowed" : "Done", tone: "good" };
}
