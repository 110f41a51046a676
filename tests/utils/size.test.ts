import { describe, expect, test } from "bun:test";
import { formatSize, parseSize } from "../../src/utils/size.ts";

describe("parseSize", () => {
  test.each([
    ["0", 0],
    ["512", 512],
    ["512B", 512],
    ["1kB", 1000],
    ["1KB", 1000],
    ["16KiB", 16_384],
    ["16 kib", 16_384],
    ["1MB", 1_000_000],
    ["1.5MiB", 1_572_864],
    ["2GiB", 2_147_483_648],
    ["1TB", 1e12],
    ["0.0001KB", 1],
  ])("reads %p as %d bytes", (text, expected) => {
    expect(parseSize(text)).toBe(expected);
  });

  test.each([
    "",
    "-1",
    "1K",
    "1m",
    "1 apples",
    "KiB",
    "1.",
    "1e3",
    "0x10",
    "1KiBs",
    " 1B",
    "9007199254740993",
    "99999TiB",
  ])("refuses %p", (text) => {
    expect(parseSize(text)).toBeNull();
  });
});

test.each([
  [0, "0B"],
  [1500, "1500B"],
  [16_384, "16KiB"],
  [1_048_576, "1MiB"],
  [3_221_225_472, "3GiB"],
])("formatSize writes %d as %p, which reads back", (bytes, text) => {
  expect(formatSize(bytes)).toBe(text);
  expect(parseSize(text)).toBe(bytes);
});
