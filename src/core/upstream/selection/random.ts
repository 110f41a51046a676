import type { SelectionPolicy } from "./policy.ts";

/**
 * Creates a weighted random choice. Weights are at least 1; `random` gives numbers in [0, 1).
 */
export function createRandom(
  weights: readonly number[],
  random: () => number = Math.random,
): SelectionPolicy {
  // Target i owns the numbers from bounds[i] up to bounds[i + 1].
  const bounds = [0];
  let total = 0;
  for (const weight of weights) {
    total += weight;
    bounds.push(total);
  }

  return {
    pick(exclude) {
      if (exclude === undefined || weights.length < 2) return ownerOf(bounds, random() * total);
      // Draws from the line without the excluded part, then steps over that part.
      const excluded = weights[exclude] ?? 0;
      const drawn = random() * (total - excluded);
      const before = drawn < (bounds[exclude] ?? total);
      return ownerOf(bounds, before ? drawn : drawn + excluded);
    },
  };
}

/** Finds the part of the line that a number lies in, by halving; -1 where there are no parts. */
function ownerOf(bounds: readonly number[], drawn: number): number {
  let low = 0;
  let high = bounds.length - 1;
  while (low < high - 1) {
    const middle = (low + high) >>> 1;
    if ((bounds[middle] ?? 0) <= drawn) low = middle;
    else high = middle;
  }
  return high === 0 ? -1 : low;
}
