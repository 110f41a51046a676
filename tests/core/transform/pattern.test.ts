import { expect, test } from "bun:test";
import { compilePattern, splitFlags } from "../../../src/core/transform/pattern.ts";

test.each([
  ["a.b", "a.b", ""],
  ["(?i)a", "a", "i"],
  ["(?is)a(?i)", "a(?i)", "is"],
  ["(?ii)a", "a", "i"],
  ["(?:i)a", "(?:i)a", ""],
  ["(?x)a", "(?x)a", ""],
])("splitFlags takes the flags of %s off", (source, body, flags) => {
  expect(splitFlags(source)).toEqual({ body, flags });
});

test("compilePattern matches anywhere", () => {
  expect(compilePattern("(?i)B+").test("abc")).toBe(true);
});

test("compilePattern refuses what is no regular expression", () => {
  expect(() => compilePattern("(a")).toThrow(SyntaxError);
  expect(() => compilePattern("(?x)a")).toThrow(SyntaxError);
});
