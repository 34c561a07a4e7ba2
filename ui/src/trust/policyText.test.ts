import { describe, expect, it } from "vitest";
import { jsonMistake, lineOf, pathOf } from "./policyText";

const policy = `{
  "Version": "2012-10-17",
  "Statement": [
    { "Sid": "one", "Effect": "Allow" },
    {
      "Sid": "a \\"quoted\\", [odd] name",
      "Effect": "Allow",
      "Principal": {
        "AWS": [
          "arn:aws:iam::123456789012:user/ana",
          7
        ]
      },
      "Action": ["kms:Decrypt", "kms:Encrypt"]
    }
  ]
}`;

describe("the place of a mistake", () => {
  it("reads the server's names of fields", () => {
    expect(pathOf('Statement[1] (Sid "x.y[2]").Principal.AWS[1]')).toEqual([
      "Statement",
      1,
      "Principal",
      "AWS",
      1,
    ]);
    expect(pathOf("Version")).toEqual(["Version"]);
  });

  it.each([
    ["Version", 2],
    ["Statement[0].Effect", 4],
    ["Statement[1]", 5],
    ['Statement[1] (Sid "a").Principal.AWS[1]', 11],
    ["Statement[1].Action", 14],
    ["Statement[1].Resource", 5],
    ["Statement[9]", 3],
    ["Condition", 1],
  ])("%s is on line %i", (field, line) => {
    expect(lineOf(policy, field)).toBe(line);
  });

  it("knows a lone statement", () => {
    expect(lineOf('{\n"Statement": {\n"Effect": 7\n}\n}', "Statement[0].Effect")).toBe(3);
  });

  it("says nothing of what is no JSON", () => {
    expect(lineOf("{", "Version")).toBeUndefined();
  });
});

describe("what is no JSON", () => {
  it("is found before the server is asked", () => {
    expect(jsonMistake(policy)).toBeUndefined();
    expect(jsonMistake("  ")?.message).toContain("empty");
    expect(jsonMistake('{\n"Version": "2012-10-17",\n"Statement": [,]\n}')).toMatchObject({ line: 3 });
    expect(jsonMistake("{")?.message).toContain("not JSON");
  });

  it.each([
    ['{\n"a": 1\n"b": 2\n}', 3],
    ['{\n"a": 1,\n}', 3],
    ['{\n"a": [1, 2\n}', 3],
    ['{\n"a": tru\n}', 2],
    ['{\n"a": "open\n}', 2],
    ['{"a": {}}\n}', 2],
    ['{\n"a": [\n', 2],
    ["{\n'a': 1}", 2],
  ])("%j is wrong on line %i", (text, line) => {
    expect(jsonMistake(text)).toMatchObject({ line });
  });
});
