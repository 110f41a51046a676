import type { SelectionPolicy } from "./policy.ts";

/** Creates a weighted random choice; `random` gives numbers in [0, 1). */
export function createRandom(
  _weights: readonly number[],
  _random: () => number = Math.random,
): SelectionPolicy {
  throw new Error("not built yet");
}
