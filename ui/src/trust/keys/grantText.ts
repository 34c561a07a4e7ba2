import type { Entity, Key, KeyGrant, Member } from "../../api/types";

const symmetric = [
  "Encrypt",
  "Decrypt",
  "GenerateDataKey",
  "GenerateDataKeyWithoutPlaintext",
  "GenerateDataKeyPair",
  "GenerateDataKeyPairWithoutPlaintext",
  "ReEncryptFrom",
  "ReEncryptTo",
];

const byUsage: Record<string, string[]> = {
  ENCRYPT_DECRYPT: ["Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "GetPublicKey"],
  SIGN_VERIFY: ["Sign", "Verify", "GetPublicKey"],
  GENERATE_VERIFY_MAC: ["GenerateMac", "VerifyMac"],
  KEY_AGREEMENT: ["DeriveSharedSecret", "GetPublicKey"],
};

const everyKey = ["DescribeKey", "CreateGrant", "RetireGrant"];

export function isSymmetric(key: Pick<Key, "spec">): boolean {
  return key.spec === "SYMMETRIC_DEFAULT";
}

/** What a grant of the key can allow, the uses first. */
export function grantOperations(key: Pick<Key, "spec" | "usage">): string[] {
  return [...(isSymmetric(key) ? symmetric : (byUsage[key.usage] ?? [])), ...everyKey];
}

/** The ARN of whom a text names: a user by name, or whoever the ARN or account is already. */
export function principalOf(
  text: string,
  users: Pick<Member, "name" | "arn">[],
  roles: Pick<Entity, "name" | "arn">[],
): string | undefined {
  if (text.startsWith("arn:") || /^\d{12}$/.test(text)) return text;
  const role = /^role\/(.+)$/.exec(text)?.[1];
  const found = role ? roles.find((one) => one.name === role) : users.find((one) => one.name === text);
  return found?.arn;
}

/** Whether a user may give a grant back: its retiring principal may, and a grantee whom it lets. */
export function mayRetire(grant: KeyGrant, userArn: string): boolean {
  return (
    grant.retiring === userArn || (grant.grantee === userArn && grant.operations.includes("RetireGrant"))
  );
}

/** What people call a grant. */
export function grantName(grant: Pick<KeyGrant, "name" | "id">): string {
  return grant.name || grant.id.slice(0, 12);
}

export const grantNameRule = "Letters, digits and : / _ -, at most 256.";

export function grantNameFault(name: string): string | undefined {
  return /^[a-zA-Z0-9:/_-]{0,256}$/.test(name) ? undefined : `Use ${grantNameRule.toLowerCase()}`;
}
