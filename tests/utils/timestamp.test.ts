import { describe, expect, test } from "bun:test";
import { commonLogTimestamp, isoTimestamp } from "../../src/utils/timestamp.ts";

/** Within one second, over its edge, back again, and far away: what a cache could get wrong. */
const MOMENTS = [
  0, 7, 1_700_000_000_000, 1_700_000_000_009, 1_700_000_000_099, 1_700_000_000_999,
  1_700_000_001_000, 1_700_000_000_500, 1_709_164_799_999, 1_709_164_800_000,
];

describe("isoTimestamp", () => {
  test("gives what Date gives, in whatever order the times come", () => {
    for (const moment of [...MOMENTS, ...MOMENTS.toReversed()]) {
      expect(isoTimestamp(moment)).toBe(new Date(moment).toISOString());
    }
  });

  test("leaves fractions of milliseconds out", () => {
    expect(isoTimestamp(1_700_000_000_123.9)).toBe("2023-11-14T22:13:20.123Z");
  });
});

describe("commonLogTimestamp", () => {
  test.each([
    [1_700_000_000_123, "14/Nov/2023:22:13:20 +0000"],
    [1_700_000_000_999, "14/Nov/2023:22:13:20 +0000"],
    [1_700_000_001_000, "14/Nov/2023:22:13:21 +0000"],
    [1_704_067_200_000, "01/Jan/2024:00:00:00 +0000"],
    [1_709_164_799_999, "28/Feb/2024:23:59:59 +0000"],
  ])("writes %d as %s", (moment, text) => {
    expect(commonLogTimestamp(moment)).toBe(text);
  });

  test("follows the time where the other format was asked for in between", () => {
    commonLogTimestamp(1_700_000_000_000);
    isoTimestamp(1_704_067_200_000);
    expect(commonLogTimestamp(1_704_067_200_000)).toBe("01/Jan/2024:00:00:00 +0000");
  });
});
