import { expect, test } from "bun:test";
import { fromWireText, toWireText } from "../../src/utils/wire-text.ts";

test.each([
  ["", ""],
  ["plain", "plain"],
  ["\u00e9", "\u00c3\u00a9"],
  ["\u20ac", "\u00e2\u0082\u00ac"],
  ["\u{1f98a}", "\u00f0\u009f\u00a6\u008a"],
])("%j is %j on the wire, and comes back", (text, wire) => {
  expect(toWireText(text)).toBe(wire);
  expect(fromWireText(wire)).toBe(text);
});

test("fromWireText reads bytes that are not UTF-8 as Latin-1", () => {
  expect(fromWireText("caf\u00e9")).toBe("caf\u00e9");
  expect(fromWireText("\u00c3\u00a9\u00ff")).toBe("\u00c3\u00a9\u00ff");
});
