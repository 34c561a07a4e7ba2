import { beforeEach, describe, expect, it } from "vitest";
import { claimToken, onToken, takeToken } from "./linkToken";
import { checkPassword, checkRepeat } from "./password";
import { initials, safeNext } from "./session";

describe("one-time tokens", () => {
  const addresses: string[] = [];
  const history = { state: null, replaceState: (_: unknown, __: string, url: string) => addresses.push(url) };
  const take = (pathname: string, hash: string, search = "") =>
    takeToken({ pathname, hash, search } as Location, history as unknown as History);
  beforeEach(() => {
    addresses.length = 0;
    claimToken();
  });

  it("A25: leaves the address at once, and is given out once", () => {
    take("/signin", "#abc%2Fdef", "?next=%2Fx");
    expect(addresses).toEqual(["/signin?next=%2Fx"]);
    expect(claimToken()).toBe("abc/def");
    expect(claimToken()).toBe("");
  });

  it("is looked for on its two pages only", () => {
    take("/dashboards/a", "#section");
    take("/signin", "#");
    expect(addresses).toEqual([]);
    expect(claimToken()).toBe("");
  });

  it("reaches a page that is open already", () => {
    let told = 0;
    const stop = onToken(() => {
      told += 1;
    });
    take("/setup", "#t");
    stop();
    take("/setup", "#u");
    expect(told).toBe(1);
  });
});

describe("safeNext", () => {
  it("leads nowhere but into this app", () => {
    expect(safeNext("/dashboards/a?f.x=1")).toBe("/dashboards/a?f.x=1");
    for (const bad of [
      undefined,
      "",
      "https://evil.example",
      "//evil.example",
      "/\\evil",
      "/signin?next=/signin",
    ])
      expect(safeNext(bad)).toBe("/dashboards");
  });
});

describe("passwords and names", () => {
  it("says what is missing", () => {
    expect(checkPassword("short")).toContain("at least 12");
    expect(checkPassword("aaaaaaaaaaaaaaa")).toContain("different");
    expect(checkPassword("administrator", "administrator")).toContain("name");
    expect(checkPassword("four words in a row")).toBeUndefined();
    expect(checkRepeat("a", "b")).toBeDefined();
    expect(checkRepeat("a", "a")).toBeUndefined();
  });

  it("makes initials", () => {
    expect(initials("Ana Maria Alvarez")).toBe("AA");
    expect(initials("ana")).toBe("A");
    expect(initials("")).toBe("");
  });
});
