import { describe, expect, test } from "bun:test";
import { editDistance, suggest } from "../../src/utils/suggest.ts";

describe("editDistance", () => {
  test.each([
    ["", "", 0],
    ["a", "", 1],
    ["", "abc", 3],
    ["kitten", "sitting", 3],
    ["tragets", "targets", 1],
    ["ca", "abc", 3],
    ["abcd", "badc", 2],
    ["same", "same", 0],
  ])("from %p to %p is %d", (a, b, expected) => {
    expect(editDistance(a, b)).toBe(expected);
    expect(editDistance(b, a)).toBe(expected);
  });
});

describe("suggest", () => {
  const candidates = ["target", "targets", "type", "timeouts", "limits"];

  test.each([
    ["tragets", "targets"],
    ["TARGET", "target"],
    ["typ", "type"],
    ["limit", "limits"],
    ["timeout", "timeouts"],
    ["x", null],
    ["something", null],
    ["", null],
  ])("takes %p for %p", (word, expected) => {
    expect(suggest(word, candidates)).toBe(expected);
  });

  test("takes the closest, the first of several as close", () => {
    expect(suggest("abcx", ["abcd", "abc", "abce"])).toBe("abcd");
  });
});
