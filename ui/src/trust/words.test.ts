import { describe, expect, it } from "vitest";
import {
  actionFault,
  browserOf,
  commonActions,
  iamNameFault,
  keyName,
  lastPart,
  lastUsers,
  minutesFault,
  names,
  resultWords,
  shortArn,
  userNameFault,
} from "./words";

describe("words about trust", () => {
  it("calls a key by its alias", () => {
    expect(keyName({ aliases: ["hospital", "ward"], id: "1234" })).toBe("hospital");
    expect(keyName({ aliases: [], id: "1234" })).toBe("1234");
  });

  it("takes a typed name only when it is the whole one", () => {
    expect(names(" alias/hospital ", "hospital", "1234")).toBe(true);
    expect(names("1234", "hospital", "1234")).toBe(true);
    expect(names("hospit", "hospital", "1234")).toBe(false);
    expect(names("Hospital", "hospital")).toBe(false);
    expect(names("", "hospital")).toBe(false);
  });

  it("says how a use ended", () => {
    expect(resultWords({ result: "ok" })).toEqual({ text: "done", tone: "good" });
    expect(resultWords({ result: "status_conflict" }).text).toBe("refused: status conflict");
  });

  it.each([
    ["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"],
    [
      "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0",
      "Edge on Windows",
    ],
    ["Mozilla/5.0 (Macintosh; Intel Mac OS X 14_0) AppleWebKit/605 Version/17 Safari/605", "Safari on macOS"],
    ["curl/8.5.0", "curl/8.5.0"],
    ["", "unknown program"],
  ])("reads %s", (userAgent, want) => {
    expect(browserOf(userAgent)).toBe(want);
  });

  it("finds who used a key last, and for what keys are for", () => {
    const event = (by: string, operation: string, result = "ok") => ({
      key: "k",
      at: "t",
      by,
      operation,
      result,
    });
    const found = lastUsers([
      event("root", "DisableKey"),
      event("ana", "Decrypt"),
      event("ana", "Encrypt"),
      event("ben", "Decrypt", "denied"),
      event("vera", "GenerateDataKeyWithoutPlaintext"),
    ]);
    expect(found.map(({ by, operation }) => `${by} ${operation}`)).toEqual([
      "ana Decrypt",
      "vera GenerateDataKeyWithoutPlaintext",
    ]);
  });

  it("shortens an ARN", () => {
    expect(shortArn("arn:aws:iam::123456789012:user/ana")).toBe("user/ana");
    expect(shortArn("secretsmanager.amazonaws.com")).toBe("secretsmanager.amazonaws.com");
  });

  it("says what is wrong with a name before the server does", () => {
    expect(userNameFault("mia.sato@north")).toBeUndefined();
    expect(userNameFault("")).toContain("needed");
    expect(userNameFault("Mia")).toBeDefined();
    expect(userNameFault(`m${"i".repeat(64)}`)).toBeDefined();
    expect(iamNameFault("Night_desk=1", 64)).toBeUndefined();
    expect(iamNameFault("night desk", 64)).toBeDefined();
    expect(iamNameFault("x".repeat(65), 64)).toBeDefined();
  });

  it("says what is wrong with a session's length and an action", () => {
    expect([60, 90, "720"].map(minutesFault)).toEqual([undefined, undefined, undefined]);
    for (const wrong of ["", 59, 721, 60.5, "long"]) expect(minutesFault(wrong)).toBeDefined();
    expect(commonActions.map(actionFault).filter(Boolean)).toEqual([]);
    expect(actionFault("Decrypt")).toContain("service");
    expect(actionFault("")).toBeDefined();
  });

  it("names a policy by the end of its ARN", () => {
    expect(lastPart("arn:aws:iam::aws:policy/ReadOnlyAccess")).toBe("ReadOnlyAccess");
  });
});
