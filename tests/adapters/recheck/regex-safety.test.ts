import { describe, expect, test } from "bun:test";
import { isPlainlyLinear } from "../../../src/adapters/recheck/plainly-linear.ts";
import { createRegexSafety } from "../../../src/adapters/recheck/regex-safety.ts";

const LINEAR = [
  "^",
  "^/api/.*$",
  "^/api/.*",
  "^robot/[0-9.]+",
  "^/v[0-9]+/.+$",
  "^/v\\d+/users/[^/]+/posts$",
  "^(?:GET|POST) /x*?$",
  "^/a/?$",
  "^[\\w-]+@example\\.com$",
];

const SUPER_LINEAR = [
  "(a+)+$",
  "^(a+)+$",
  "^(a|a)*b",
  "^a+a+$",
  "^\\d+[0-9]+x",
  "^.*a.*a.*b$",
  "^.*/.*/.*x$",
  "^[^x]+b+c+b+c$",
  "x+y",
  "^\\w+1\\w+2\\w+!$",
  "^a+[a-z]+[a-z]+1",
];

describe("isPlainlyLinear", () => {
  test.each(LINEAR)("knows %j, and the analyser agrees", (pattern) => {
    expect(isPlainlyLinear(pattern, "")).toBe(true);
    // Grouped, it says the same and is nothing plain any more.
    expect(createRegexSafety()(`(?:(?:${pattern}))`, "")).toBe("safe");
  });

  test("looks at the flags", () => {
    expect(isPlainlyLinear("^[a-z]+X.*", "")).toBe(true);
    expect(isPlainlyLinear("^[a-z]+X.*", "i")).toBe(false);
    expect(isPlainlyLinear("^a+", "m")).toBe(false);
  });

  test.each(SUPER_LINEAR)("does not know %j", (pattern) => {
    expect(isPlainlyLinear(pattern, "")).toBe(false);
  });

  test.each([
    "^a|b+c",
    "^a{1,9}b+",
    "^(?=a+)b",
    "^(a)\\1+",
    "^a?a?a?a?aaaa",
    "^(a|b)+",
    "^[a",
    "^a\\",
  ])("says nothing of %j", (pattern) => {
    expect(isPlainlyLinear(pattern, "")).toBe(false);
  });
});

describe("createRegexSafety", () => {
  test.each(SUPER_LINEAR)("finds %j super-linear", (pattern) => {
    expect(createRegexSafety()(pattern, "")).toBe("super_linear");
  });

  test.each([...LINEAR, "^a|b", "^(a|b)+$"])("finds %j safe", (pattern) => {
    expect(createRegexSafety()(pattern, "")).toBe("safe");
  });
});
