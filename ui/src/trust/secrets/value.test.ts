import { describe, expect, it } from "vitest";
import { draftOf, isSound, noDraft, textOf } from "./ValueForm";
import {
  kindOf,
  loginFaults,
  loginOf,
  nameFault,
  noLogin,
  pairFaults,
  pairsOf,
  textFault,
  textOfLogin,
  textOfPairs,
} from "./value";

const login = { ...noLogin, host: "db", port: "5432", dbname: "app", username: "ana", password: ' p"w ' };

describe("a value", () => {
  it("is stored as clients of databases want it", () => {
    const text = textOfLogin({ ...login, ssl: "false" });
    expect(JSON.parse(text)).toEqual({
      engine: "postgres",
      host: "db",
      port: 5432,
      dbname: "app",
      username: "ana",
      password: ' p"w ',
      ssl: false,
    });
    expect(textOfLogin({ ...login, port: "", dbname: "" })).toBe(
      '{"engine":"postgres","host":"db","username":"ana","password":" p\\"w "}',
    );
  });

  it("opens in the form that fits, and comes out as it went in", () => {
    for (const [text, kind] of [
      [
        '{"engine":"mysql","host":"h","port":3306,"username":"u","password":"p","note":"kept","retries":3}',
        "login",
      ],
      ['{"token":"t","n":1,"on":true,"none":null,"half":1.5}', "pairs"],
      ["{}", "pairs"],
      ["plain", "text"],
      ["[1]", "text"],
      ['{"deep":{"a":1}}', "text"],
      ['{"id":12345678901234567890}', "text"],
      ['"text"', "text"],
      ["", "text"],
    ] as const) {
      expect(kindOf(text), text).toBe(kind);
      if (text !== "{}") expect(textOf(draftOf(text)), text).toBe(text);
    }
  });

  it("keeps numbers numbers until somebody types over them", () => {
    const pairs = pairsOf('{"n":1,"s":"1"}') ?? [];
    expect(textOfPairs(pairs)).toBe('{"n":1,"s":"1"}');
    expect(textOfPairs(pairs.map(({ name, value }) => ({ name, value })))).toBe('{"n":"1","s":"1"}');
  });

  it("is a login only with a user, a password and a place", () => {
    expect(loginOf('{"username":"u","password":"p"}')).toBeUndefined();
    expect(loginOf('{"username":"u","password":"p","host":"h"}')?.login.host).toBe("h");
  });
});

describe("what is wrong with a value", () => {
  it("is said at the field", () => {
    expect(loginFaults(login)).toEqual({});
    expect(Object.keys(loginFaults(noLogin))).toEqual(["host", "username", "password"]);
    for (const [change, field] of [
      [{ host: "two words" }, "host"],
      [{ port: "0" }, "port"],
      [{ port: "65536" }, "port"],
      [{ port: "5e3" }, "port"],
      [{ username: "ü".repeat(41) }, "username"],
      [{ masterarn: "master" }, "masterarn"],
    ] as const)
      expect(Object.keys(loginFaults({ ...login, ...change })), JSON.stringify(change)).toEqual([field]);
    expect(
      pairFaults([
        { name: "a", value: "1" },
        { name: "a", value: "2" },
        { name: "", value: "3" },
        { name: "", value: "" },
      ]),
    ).toEqual([undefined, "This name is there twice.", "This value has no name.", undefined]);
    expect(textFault("ü".repeat(32_768))).toBeUndefined();
    expect(textFault("ü".repeat(32_769))).toContain("65538 bytes");
  });

  it("keeps it from being sent", () => {
    expect(isSound(noDraft)).toBe(false);
    expect(isSound({ ...noDraft, login })).toBe(true);
    expect(isSound({ ...noDraft, kind: "pairs" })).toBe(false);
    expect(isSound({ ...noDraft, kind: "pairs", pairs: [{ name: "a", value: "" }] })).toBe(true);
    expect(isSound({ ...noDraft, kind: "text", text: "x" })).toBe(true);
  });

  it("is told of names", () => {
    expect(nameFault("")).toContain("needed");
    expect(nameFault("team/app.db-1_x+=@!")).toBeUndefined();
    expect(nameFault("with space")).toContain("Letters");
    expect(nameFault("a".repeat(513))).toContain("512");
  });
});
