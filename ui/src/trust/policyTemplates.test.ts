import { describe, expect, it } from "vitest";
import { accountOf, indented, templates, trustAccount, trustUsers } from "./policyTemplates";
import { jsonMistake } from "./policyText";

describe("policies to begin from", () => {
  it.each(templates)("$label is sound and stays in the account", ({ text }) => {
    const made = text("123456789012");
    expect(jsonMistake(made)).toBeUndefined();
    for (const [, account] of made.matchAll(/arn:aws:[a-z]+:[^:]*:([^:]*):/g))
      expect(account).toBe("123456789012");
  });

  it("differ in their ids and labels", () => {
    expect(new Set(templates.map((one) => one.id)).size).toBe(templates.length);
    expect(new Set(templates.map((one) => one.label)).size).toBe(templates.length);
  });

  it("trust users by name, or the account", () => {
    const named = JSON.parse(trustUsers("123456789012", ["ana", "ben"]));
    expect(named.Statement[0].Principal.AWS).toEqual([
      "arn:aws:iam::123456789012:user/ana",
      "arn:aws:iam::123456789012:user/ben",
    ]);
    expect(JSON.parse(trustAccount("123456789012")).Statement[0].Principal.AWS).toBe(
      "arn:aws:iam::123456789012:root",
    );
  });

  it("read the account off an ARN", () => {
    expect(accountOf("arn:aws:iam::123456789012:user/ana")).toBe("123456789012");
    expect(accountOf("nothing")).toBe("");
  });

  it("are indented alike, and left alone when they are no JSON", () => {
    expect(indented('{"a":1}')).toBe('{\n  "a": 1\n}');
    expect(indented("{")).toBe("{");
  });
});
