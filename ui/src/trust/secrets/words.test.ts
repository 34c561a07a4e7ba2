import { describe, expect, it } from "vitest";
import type { RotationStep } from "../../api/types";
import { planOf, scheduleOf } from "./schedule";
import { keyPlace, mendFor, nextDate, scheduleWords, stepsOf, whyWords, windowWords } from "./words";

describe("the key of a secret", () => {
  it("leads to its page, or to a search for its alias", () => {
    const id = "11111111-2222-4333-8444-555555555555";
    expect(keyPlace("")).toMatchObject({ search: "aws/secretsmanager" });
    expect(keyPlace(id)).toEqual({ label: id, id });
    expect(keyPlace(`arn:aws:kms:us-east-1:123456789012:key/${id}`)).toEqual({ label: id, id });
    expect(keyPlace("alias/wards")).toEqual({ label: "wards", search: "wards" });
    expect(keyPlace("arn:aws:kms:us-east-1:123456789012:alias/team/wards")).toEqual({
      label: "team/wards",
      search: "team/wards",
    });
  });
});

describe("a schedule", () => {
  it("is said in words, and stays as it is in the form", () => {
    expect(scheduleWords("rate(1 days)")).toBe("every day");
    expect(scheduleWords("rate(12 hours)")).toBe("every 12 hours");
    expect(scheduleWords("cron(0 3 ? * SUN *)")).toBe("cron(0 3 ? * SUN *)");
    expect(scheduleWords(undefined)).toContain("only when");
    expect(windowWords("3h")).toBe("3 hours");
    expect(windowWords(undefined)).toContain("end of the day");
    for (const text of ["rate(30 days)", "rate(12 hours)", "cron(0 8 1 * ? *)"])
      expect(scheduleOf(planOf(text))).toBe(text);
    expect(scheduleOf(planOf(undefined))).toBe("rate(30 days)");
    expect(planOf("rate(1 day)")).toMatchObject({ every: 1, unit: "days" });
  });

  it("has a next date while it is on", () => {
    const rotation = { on: true, rotator: "", failures: 0, opensAt: "2026-01-02T00:00:00Z" };
    expect(nextDate({ rotation, state: "in-use" })).toBe(rotation.opensAt);
    expect(nextDate({ rotation: { ...rotation, retryAt: "2026-01-01T00:01:00Z" }, state: "failed" })).toBe(
      "2026-01-01T00:01:00Z",
    );
    expect(nextDate({ rotation, state: "deleting" })).toBeUndefined();
    expect(nextDate({ rotation: { ...rotation, on: false }, state: "in-use" })).toBeUndefined();
  });
});

describe("a rotation", () => {
  const step = (name: RotationStep["step"], version: string, result = "ok"): RotationStep => ({
    at: "",
    step: name,
    version,
    result,
  });
  it("is told by the newest try of each step of one version", () => {
    const all = [
      step("setSecret", "b", "internal"),
      step("createSecret", "b"),
      step("createSecret", "b", "internal"),
      step("finishSecret", "a"),
    ];
    expect(stepsOf(all, "b").map((one) => `${one.step} ${one.result}`)).toEqual([
      "createSecret ok",
      "setSecret internal",
    ]);
    expect(stepsOf(all, undefined)[0]?.version).toBe("b");
    expect(stepsOf(all, "new")).toEqual([]);
  });

  it("says what to do about each reason of the server", () => {
    const reasons = [
      "the database refuses the user or the password",
      "the database of the secret: it cannot be reached",
      "the database of the secret: it does not answer in time",
      "the database of the secret: its certificate is not trusted",
      "the database of the secret: it did not answer as a database does",
      "changing the password: the database answers error 42501",
      "The secret value is not the JSON of a database's credentials: engine must be postgres, mysql or mariadb.",
      "The secret's engine is not one of its rotation function: postgres.",
      "Secrets Manager can't decrypt the protected secret text using the provided KMS key. Check that it is enabled.",
      "The pending version is for another user or server than the current one. Take AWSPENDING from it, and rotate again.",
    ];
    const unknown = mendFor("");
    expect(new Set(reasons.map(mendFor)).size).toBe(reasons.length);
    expect(reasons.map(mendFor)).not.toContain(unknown);
  });
});

it("the reason why somebody may read leaves out what the page has said", () => {
  expect(whyWords('secretsmanager:GetSecretValue on arn:aws:x:db is allowed by identity policy "A"')).toBe(
    'identity policy "A"',
  );
  expect(whyWords("something else")).toBe("something else");
});
