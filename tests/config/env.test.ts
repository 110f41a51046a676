// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of a configuration look like this
import { describe, expect, test } from "bun:test";
import { expandEnv } from "../../src/config/env.ts";

const env = { A: "1", B_2: "two", EMPTY: "", NESTED: "${A}" };

describe("expandEnv", () => {
  test.each([
    ["plain $ text {A}", "plain $ text {A}", false],
    ["${A}", "1", true],
    ["x${A}y${B_2}z", "x1ytwoz", true],
    ["${EMPTY}", "", true],
    ["${EMPTY:-d}", "d", true],
    ["${NONE:-d}", "d", true],
    ["${NONE:-}", "", true],
    ["${NONE:-a:-b}", "a:-b", true],
    ["$${A}", "${A}", false],
    ["$$${A}", "$${A}", false],
    ["$${A}${A}", "${A}1", true],
    ["${NESTED}", "${A}", true],
    ["$A", "$A", false],
  ])("makes %p to %p", (text, expected, expanded) => {
    expect(expandEnv(text, env)).toEqual({ text: expected, expanded, unset: [], malformed: [] });
  });

  test("names what is not set", () => {
    expect(expandEnv("${NONE}-${A}-${OTHER}", env).unset).toEqual(["NONE", "OTHER"]);
  });

  test.each(["${}", "${1A}", "${A B}", "${A", "${a.b}", "${A:d}"])("calls %p malformed", (text) => {
    expect(expandEnv(text, env).malformed).toEqual([text]);
  });
});
