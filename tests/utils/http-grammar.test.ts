import { describe, expect, test } from "bun:test";
import { isFieldValue, isToken } from "../../src/utils/http-grammar.ts";

describe("isToken", () => {
  test.each(["a", "X-Request-Id", "0", "!#$%&'*+-.^_`|~"])("takes %j", (value) => {
    expect(isToken(value)).toBe(true);
  });

  test.each(["", "a b", "a:", "(a)", "a\r", "a\n", "\0", "\x7f", "é", "ſ", "ā"])(
    "refuses %j",
    (value) => {
      expect(isToken(value)).toBe(false);
    },
  );
});

describe("isFieldValue", () => {
  test.each(["", "a", "a b\tc", '"a", b', "\x80\xff", "é"])("takes %j", (value) => {
    expect(isFieldValue(value)).toBe(true);
  });

  test.each([
    " a",
    "a ",
    "\ta",
    "a\t",
    " ",
    "a\rb",
    "a\nb",
    "a\0b",
    "\x7f",
    "\x1b",
    "a\n",
    "Ā",
    "€",
  ])("refuses %j", (value) => {
    expect(isFieldValue(value)).toBe(false);
  });
});
