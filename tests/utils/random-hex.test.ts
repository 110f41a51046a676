import { expect, test } from "bun:test";
import { randomHex } from "../../src/utils/random-hex.ts";

test("randomHex gives as many lower-case digits as asked for, also across its pool's end", () => {
  const lengths = [16, 8, 16, 64, 1, 13];
  for (let i = 0; i < 2000; i++) {
    const bytes = lengths[i % lengths.length] ?? 16;
    expect(randomHex(bytes)).toMatch(new RegExp(`^[0-9a-f]{${bytes * 2}}$`));
  }
});

test("randomHex does not repeat itself", () => {
  const seen = new Set(Array.from({ length: 5000 }, () => randomHex(16)));
  expect(seen.size).toBe(5000);
});
