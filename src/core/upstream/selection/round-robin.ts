import type { SelectionPolicy } from "./policy.ts";

/** Creates a smooth weighted round robin. */
export function createRoundRobin(_weights: readonly number[]): SelectionPolicy {
  throw new Error("not built yet");
}
