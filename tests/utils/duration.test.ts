import { describe, expect, test } from "bun:test";
import { formatDuration, parseDuration } from "../../src/utils/duration.ts";

describe("parseDuration", () => {
  test.each([
    ["0", 0],
    ["0s", 0],
    ["500ms", 500],
    ["30s", 30_000],
    ["5m", 300_000],
    ["1h", 3_600_000],
    ["2d", 172_800_000],
    ["1.5s", 1500],
    ["0.1ms", 1],
    ["1h30m", 5_400_000],
    ["1h 30m 5s", 5_405_000],
    ["30 seconds", 30_000],
    ["1 second", 1000],
    ["1 hour", 3_600_000],
    ["2 hrs", 7_200_000],
    ["10 mins", 600_000],
    ["1 minute", 60_000],
    ["250 milliseconds", 250],
    ["1 day", 86_400_000],
    ["365d", 31_536_000_000],
  ])("reads %p as %d ms", (text, expected) => {
    expect(parseDuration(text)).toBe(expected);
  });

  test.each([
    "",
    "30",
    "-1s",
    "1",
    "s",
    "1.s",
    ".5s",
    "1e3s",
    "1 s s",
    "1w",
    "1S",
    "1  s",
    " 1s",
    "366d",
    "5 parsecs",
  ])("refuses %p", (text) => {
    expect(parseDuration(text)).toBeNull();
  });
});

test.each([
  [0, "0"],
  [250, "250ms"],
  [1500, "1500ms"],
  [75_000, "75s"],
  [300_000, "5m"],
  [7_200_000, "2h"],
])("formatDuration writes %d as %p, which reads back", (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
  expect(parseDuration(text)).toBe(milliseconds);
});
