import { expect, it } from "vitest";
import { sentence } from "./words";

it("makes sentences of messages", () => {
  expect(sentence("this is easy to guess")).toBe("This is easy to guess.");
  expect(sentence("There is no such file.")).toBe("There is no such file.");
  expect(sentence(" élan ")).toBe("Élan.");
  expect(sentence("")).toBe("");
});
