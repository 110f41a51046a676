import { describe, expect, test } from "bun:test";
import { suggest } from "../../src/utils/suggest.ts";

describe("suggest", () => {
  const known = ["target", "targets", "type", "strategy", "path_rewrite"];

  test.each([
    ["tragets", "targets"],
    ["Target", "target"],
    ["tpye", "type"],
    ["stratgey", "strategy"],
    ["path_rewite", "path_rewrite"],
  ])("finds what '%s' was meant to be", (word, expected) => {
    expect(suggest(word, known)).toBe(expected);
  });

  test.each(["x", "backend", "t", ""])("has no answer for '%s'", (word) => {
    expect(suggest(word, known)).toBeNull();
  });

  test("prefers the closest over the first", () => {
    expect(suggest("targets", ["target", "targets"])).toBe("targets");
  });
});
