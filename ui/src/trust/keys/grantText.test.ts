import { describe, expect, it } from "vitest";
import { grantName, grantNameFault, grantOperations, mayRetire, principalOf } from "./grantText";

const ana = { name: "ana", arn: "arn:aws:iam::123456789012:user/ana" };
const importer = { name: "importer", arn: "arn:aws:iam::123456789012:role/importer" };

describe("grants", () => {
  it("allow what the key is for", () => {
    expect(grantOperations({ spec: "SYMMETRIC_DEFAULT", usage: "ENCRYPT_DECRYPT" })).toContain(
      "GenerateDataKey",
    );
    const signing = grantOperations({ spec: "ECC_NIST_P256", usage: "SIGN_VERIFY" });
    expect(signing).toContain("Sign");
    expect(signing).not.toContain("Decrypt");
    expect(signing).toContain("DescribeKey");
  });

  it("go to whom the text names", () => {
    expect(principalOf("ana", [ana], [importer])).toBe(ana.arn);
    expect(principalOf("role/importer", [ana], [importer])).toBe(importer.arn);
    expect(principalOf(importer.arn, [], [])).toBe(importer.arn);
    expect(principalOf("123456789012", [], [])).toBe("123456789012");
    expect(principalOf("importer", [ana], [importer])).toBeUndefined();
    expect(principalOf("", [ana], [])).toBeUndefined();
  });

  it("are given back by whom they let", () => {
    const grant = { id: "g", grantee: ana.arn, operations: ["Decrypt"], createdAt: "t" };
    expect(mayRetire(grant, ana.arn)).toBe(false);
    expect(mayRetire({ ...grant, operations: ["RetireGrant"] }, ana.arn)).toBe(true);
    expect(mayRetire({ ...grant, retiring: ana.arn }, ana.arn)).toBe(true);
    expect(mayRetire({ ...grant, retiring: ana.arn }, importer.arn)).toBe(false);
  });

  it("have a name, or the beginning of their id", () => {
    expect(grantName({ name: "nightly", id: "0123" })).toBe("nightly");
    expect(grantName({ id: "0123456789abcdef" })).toBe("0123456789ab");
    expect(grantNameFault("nightly:import/1")).toBeUndefined();
    expect(grantNameFault("")).toBeUndefined();
    expect(grantNameFault("two words")).toBeDefined();
  });
});
