import { describe, expect, it } from "vitest";
import { endingOf, fullSentence, knownActions, sentence, type Told, thing } from "./sentence";

const arn = (service: string, rest: string) => `arn:aws:${service}:us-east-1:123456789012:${rest}`;

function told(action: string, resource: string, more: Partial<Told> = {}): Told {
  return {
    action,
    resource,
    who: { type: "user", id: "usr_1", name: "ana" },
    phase: "outcome",
    ending: "ok",
    result: "ok",
    detail: {},
    ...more,
  };
}

const denied = { phase: "denial", ending: "denied", result: "denied" } as const;
const view = { phase: "view", result: "" } as const;
const failed = (result: string) => ({ ending: "failed", result }) as const;
const nobody = { who: { type: "nobody", id: "", name: "" } } as const;

describe("an event as a sentence", () => {
  it.each<[Told, string]>([
    [
      told("writeback:Submit", "action/generate-quote", { detail: { record: "Q-17", status: "generated" } }),
      "ana submitted action generate-quote: record Q-17 is now generated",
    ],
    [
      told("writeback:Submit", "action/generate-quote", { detail: { record: "Q-17", replayed: "true" } }),
      "ana submitted action generate-quote again; the first write stands",
    ],
    [
      told("writeback:Submit", "action/generate-quote", failed("row_changed")),
      "ana tried to submit action generate-quote, which failed: row changed",
    ],
    [
      told("writeback:Submit", "action/x", { phase: "attempt", ending: "" as never }),
      "ana began to submit action x",
    ],
    [told("writeback:Submit", "action/x", denied), "ana was not allowed to submit action x"],
    [
      told("writeback:History", "dataset/quotes", view),
      "ana looked at the history of rows in dataset quotes",
    ],
    [told("dashboard:Get", "dashboard/quote-history", view), "ana opened dashboard quote-history"],
    [told("dataset:Query", "dataset/quotes", view), "ana read dataset quotes"],
    [told("kms:Decrypt", arn("kms", "key/1234-ab"), view), "ana decrypted with key 1234-ab"],
    [
      told("kms:Decrypt", arn("kms", "key/1234-ab"), denied),
      "ana was not allowed to decrypt with key 1234-ab",
    ],
    [
      told("kms:CreateKey", "*", { detail: { key: arn("kms", "key/1234-ab"), spec: "SYMMETRIC_DEFAULT" } }),
      "ana made key 1234-ab",
    ],
    [told("kms:CreateKey", "*", denied), "ana was not allowed to make a key"],
    [
      told("kms:ScheduleKeyDeletion", arn("kms", "key/1"), {
        detail: { deletion_date: "2026-03-01T10:00:00Z" },
      }),
      "ana planned the deletion of key 1 for 2026-03-01 (UTC)",
    ],
    [
      told("kms:CreateGrant", arn("kms", "key/1"), {
        detail: { grantee: "arn:aws:iam::123456789012:user/ben" },
      }),
      "ana gave a grant on key 1 to user ben",
    ],
    [
      told("secretsmanager:GetSecretValue", arn("secretsmanager", "secret:hospital-AbC123"), view),
      "ana revealed secret hospital",
    ],
    [
      told("secretsmanager:GetSecretValue", arn("secretsmanager", "secret:prod/db-main-AbC123"), denied),
      "ana was not allowed to reveal secret prod/db-main",
    ],
    [
      told("secretsmanager:CreateSecret", arn("secretsmanager", "secret:hospital-??????"), denied),
      "ana was not allowed to make secret hospital",
    ],
    [told("secretsmanager:ListSecrets", "*", view), "ana listed the secrets"],
    [
      told("iam:CreateAccessKey", "arn:aws:iam::123456789012:user/ben"),
      "ana made an access key for user ben",
    ],
    [told("iam:CreateRole", "arn:aws:iam::123456789012:role/desk/reader"), "ana created role desk/reader"],
    [told("iam:ListUsers", "arn:aws:iam::123456789012:user/", view), "ana listed users"],
    [told("iam:GetLoginProfile", "arn:aws:iam::1:user/ben", view), "ana read login profile of user ben"],
    [told("iam:TagRole", "arn:aws:iam::1:role/desk", denied), "ana was not allowed to tag role desk"],
    [told("identity:SignIn", "user/ana"), "ana signed in"],
    [
      told("identity:SignIn", "user/ana", { ...nobody, ...failed("bad_credentials") }),
      "Somebody unknown tried to sign in as ana, which failed: wrong name or password",
    ],
    [told("identity:ChangePassword", "user/ana"), "ana changed the password of user ana"],
    [
      told("project:Apply", "project/anycompany", {
        who: { type: "system", id: "", name: "system:project" },
      }),
      "Signet (project) applied project anycompany",
    ],
    [told("cloudtrail:LookupEvents", "*", view), "ana looked into the audit log"],
    [told("cloudtrail:LookupEvents", "*", denied), "ana was not allowed to look into the audit log"],
    [told("spice:Modify", "dataset/x"), "ana modified dataset x"],
  ])("%#: %o", (event, want) => {
    expect(sentence(event)).toBe(want);
  });

  it("says where it came from", () => {
    const event = told(
      "secretsmanager:GetSecretValue",
      arn("secretsmanager", "secret:hospital-AbC123"),
      view,
    );
    expect(fullSentence({ ...event, sourceIp: "127.0.0.1" })).toBe(
      "ana revealed secret hospital, from 127.0.0.1.",
    );
    expect(fullSentence({ ...event, sourceIp: "" })).toBe("ana revealed secret hospital.");
  });

  it("has words for every known action, whatever comes", () => {
    for (const action of knownActions) {
      for (const more of [{}, denied, view, failed("internal"), nobody]) {
        const text = sentence(told(action, "", more));
        expect(text, action).not.toMatch(/undefined| {2}| $/);
      }
    }
  });
});

describe("a resource", () => {
  it.each([
    ["*", ""],
    ["", ""],
    ["setup", "setup"],
    ["access-key/AKIA1", "access key AKIA1"],
    [arn("kms", "alias/hospital"), "alias hospital"],
    ["arn:aws:iam::1:policy/a/b", "policy a/b"],
  ])("%s is %s", (resource, want) => {
    expect(thing(resource)).toBe(want);
  });
});

describe("the end of an event", () => {
  it("is a word with a tone", () => {
    expect(endingOf(told("a:B", "x"))).toEqual({ word: "Done", tone: "good" });
    expect(endingOf(told("a:B", "x", view))).toEqual({ word: "Allowed", tone: "good" });
    expect(endingOf(told("a:B", "x", denied))).toEqual({ word: "Denied", tone: "failure" });
    expect(endingOf(told("a:B", "x", failed("row_gone")))).toEqual({
      word: "Failed: row gone",
      tone: "attention",
    });
  });
});
