import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { SelectionPolicy } from "../../../../src/core/upstream/selection/policy.ts";
import { createRoundRobin } from "../../../../src/core/upstream/selection/round-robin.ts";

function picks(policy: SelectionPolicy, count: number): number[] {
  return Array.from({ length: count }, () => policy.pick());
}

describe("createRoundRobin", () => {
  test.each([
    [[1], [0, 0, 0]],
    [
      [1, 1, 1],
      [0, 1, 2, 0, 1, 2],
    ],
    [
      [5, 1, 1],
      [0, 0, 1, 0, 2, 0, 0],
    ],
    [
      [2, 4],
      [1, 0, 1, 1, 0, 1],
    ],
    [
      [300, 100],
      [0, 0, 1, 0, 0, 0, 1, 0],
    ],
  ])("with weights %j picks %j", (weights, expected) => {
    expect(picks(createRoundRobin(weights), expected.length)).toEqual(expected);
  });

  test("begins where it is told", () => {
    expect(picks(createRoundRobin([1, 1, 1], 2), 4)).toEqual([2, 0, 1, 2]);
    expect(picks(createRoundRobin([1, 1, 1], 7), 2)).toEqual([1, 2]);
  });

  test.each([[[1, 1]], [[5000, 5001]]])(
    "a retry takes no turn: a dead target of %j is not the first of every request",
    (given) => {
      const policy = createRoundRobin(given);
      const first = Array.from({ length: 10 }, () => {
        const index = policy.pick();
        if (index === 0) expect(policy.pick(0)).toBe(1);
        return index;
      });
      expect(first.filter((index) => index === 0)).toHaveLength(5);
    },
  );

  test("has nothing to pick of nothing", () => {
    expect(createRoundRobin([]).pick()).toBe(-1);
    expect(createRoundRobin([]).pick(0)).toBe(-1);
  });

  const weights = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 });

  test("gives each target its share in every turn, spread as evenly as can be", () => {
    fc.assert(
      fc.property(weights, (given) => {
        const total = given.reduce((sum, weight) => sum + weight, 0);
        const policy = createRoundRobin(given);
        const counts = given.map(() => 0);
        for (let n = 1; n <= 2 * total; n++) {
          const index = policy.pick();
          counts[index] = (counts[index] ?? 0) + 1;
          // Never a target's worth away from the exact share.
          for (const [i, weight] of given.entries()) {
            expect(Math.abs((counts[i] ?? 0) - (n * weight) / total)).toBeLessThan(given.length);
          }
        }
        expect(counts).toEqual(given.map((weight) => 2 * weight));
      }),
    );
  });

  test("picks another target than the excluded one, where there is one", () => {
    fc.assert(
      fc.property(weights, fc.nat({ max: 5 }), (given, exclude) => {
        const policy = createRoundRobin(given);
        for (let n = 0; n < 30; n++) {
          const index = policy.pick(exclude);
          expect(index).toBeWithin(0, given.length);
          if (given.length > 1) expect(index).not.toBe(exclude);
        }
      }),
    );
  });

  test("keeps the shares with weights too large for a sequence worked out in advance", () => {
    const given = [10_007, 20_011, 5];
    const counts = [0, 0, 0];
    const policy = createRoundRobin(given);
    for (const index of picks(policy, 30_023)) counts[index] = (counts[index] ?? 0) + 1;
    expect(counts).toEqual(given);
    expect(policy.pick(1)).not.toBe(1);
    expect(createRoundRobin([1, 10_007]).pick(1)).toBe(0);
  });
});
