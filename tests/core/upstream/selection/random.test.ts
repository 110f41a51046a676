import { describe, expect, test } from "bun:test";
import { createRandom } from "../../../../src/core/upstream/selection/random.ts";

describe("createRandom", () => {
  test.each([
    [0, 0],
    [0.29, 0],
    [0.3, 1],
    [0.49, 1],
    [0.5, 2],
    [0.999_999, 2],
  ])("with weights 3, 2, 5 and the number %p picks %p", (number, expected) => {
    expect(createRandom([3, 2, 5], () => number).pick()).toBe(expected);
  });

  test.each([
    // Of the line 0 0 0 2 2 2 2 2
    [1, 0, 0],
    [1, 0.37, 0],
    [1, 0.38, 2],
    [1, 0.999_999, 2],
    // Of the line 1 1 2 2 2 2 2
    [0, 0, 1],
    [0, 0.28, 1],
    [0, 0.29, 2],
    // Of the line 0 0 0 1 1
    [2, 0, 0],
    [2, 0.59, 0],
    [2, 0.6, 1],
    [2, 0.999_999, 1],
  ])("without %p and with the number %p picks %p", (exclude, number, expected) => {
    expect(createRandom([3, 2, 5], () => number).pick(exclude)).toBe(expected);
  });

  test("picks the excluded target where there is no other, and -1 where there is none", () => {
    expect(createRandom([1]).pick(0)).toBe(0);
    expect(createRandom([]).pick()).toBe(-1);
    expect(createRandom([1, 1], () => 0.9).pick(7)).toBe(1);
  });

  test("reaches every target with real random numbers", () => {
    const policy = createRandom([1, 1, 1]);
    const seen = new Set(Array.from({ length: 500 }, () => policy.pick()));
    expect([...seen].sort()).toEqual([0, 1, 2]);
  });
});
