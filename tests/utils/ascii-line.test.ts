import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { AsciiLine } from "../../src/utils/ascii-line.ts";

function built(build: (line: AsciiLine) => void): string {
  const line = new AsciiLine();
  build(line);
  return Buffer.from(line.view()).toString("latin1");
}

describe("AsciiLine", () => {
  test("joins what is added, and begins anew when it is cleared", () => {
    const line = new AsciiLine();
    line.ascii("first");
    line.clear();
    line.ascii("a=");
    line.integer(1);
    expect(Buffer.from(line.view()).toString()).toBe("a=1");
  });

  test("writes strings that JSON reads back, in plain ASCII", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const json = built((line) => line.json(text));
        expect(json).toMatch(/^[ -~]*$/);
        expect(JSON.parse(json)).toBe(text);
      }),
    );
  });

  test("writes whole numbers", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        expect(built((line) => line.integer(value))).toBe(String(value));
      }),
    );
  });

  test.each([
    [0, "0.000"],
    [0.0004, "0.000"],
    [1.2345, "1.235"],
    [59.9996, "60.000"],
    [1e10, "10000000000.000"],
  ])("writes %p in thousandths", (value, text) => {
    expect(built((line) => line.thousandths(value))).toBe(text);
  });

  test("grows with what it is given", () => {
    const text = "x".repeat(100_000);
    expect(built((line) => line.json(text))).toBe(`"${text}"`);
  });
});
