/** Policies to begin from. Each is complete: it can be saved as it is, and narrowed later. */

export interface Template {
  id: string;
  label: string;
  text: (account: string) => string;
}

interface Statement {
  Sid?: string;
  Effect: "Allow" | "Deny";
  Principal?: { AWS: string | string[] };
  Action: string | string[];
  Resource?: string | string[];
  Condition?: Record<string, Record<string, string | string[]>>;
}

function policy(...statements: Statement[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements }, null, 2);
}

export const templates: Template[] = [
  {
    id: "secrets",
    label: "Read secrets",
    text: (account) =>
      policy({
        Sid: "ReadSecrets",
        Effect: "Allow",
        Action: ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
        Resource: `arn:aws:secretsmanager:*:${account}:secret:*`,
      }),
  },
  {
    id: "keys",
    label: "Encrypt and decrypt with keys",
    text: (account) =>
      policy({
        Sid: "UseKeys",
        Effect: "Allow",
        Action: ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey*", "kms:DescribeKey"],
        Resource: `arn:aws:kms:*:${account}:key/*`,
      }),
  },
  {
    id: "audit",
    label: "Look into the audit log",
    text: () =>
      policy({ Sid: "ReadTheLog", Effect: "Allow", Action: "cloudtrail:LookupEvents", Resource: "*" }),
  },
  {
    id: "assume",
    label: "Assume roles",
    text: (account) =>
      policy({
        Sid: "AssumeRoles",
        Effect: "Allow",
        Action: "sts:AssumeRole",
        Resource: `arn:aws:iam::${account}:role/*`,
      }),
  },
  {
    id: "addresses",
    label: "Deny all but some addresses",
    text: () =>
      policy({
        Sid: "OnlyFromHere",
        Effect: "Deny",
        Action: "*",
        Resource: "*",
        Condition: { NotIpAddress: { "aws:SourceIp": ["10.0.0.0/8", "127.0.0.0/8"] } },
      }),
  },
];

/** The account that an ARN is in. */
export function accountOf(arn: string): string {
  return arn.split(":")[4] ?? "";
}

/** A trust policy for users by name. */
export function trustUsers(account: string, names: string[]): string {
  const arns = names.map((name) => `arn:aws:iam::${account}:user/${name}`);
  return policy({ Effect: "Allow", Principal: { AWS: arns }, Action: "sts:AssumeRole" });
}

/** A trust policy for whoever of the account has a policy that allows it. */
export function trustAccount(account: string): string {
  return policy({
    Effect: "Allow",
    Principal: { AWS: `arn:aws:iam::${account}:root` },
    Action: "sts:AssumeRole",
  });
}

/** A policy to be read: indented the same way, however it was written. */
export function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
