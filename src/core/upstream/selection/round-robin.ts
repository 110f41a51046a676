import type { SelectionPolicy } from "./policy.ts";

/** Longest sequence that is worked out in advance; beyond it each pick costs one pass over the targets. */
const LONGEST_SEQUENCE = 4096;

/** Picks the next target that is not `exclude`. */
type Picker = (exclude: number) => number;

/**
 * Creates a smooth weighted round robin, nginx's algorithm: weights 5, 1, 1 give `a a b a c a a`
 * and not `a a a a a b c`. Weights are at least 1. `start` sets how many picks are skipped at first,
 * so that several workers do not all begin with the same target. A pick with `exclude` stands in for
 * the turn that was just had and takes none of its own: else the turns of a dead target would fall on
 * the same neighbour's, and every request would try the dead one first.
 */
export function createRoundRobin(weights: readonly number[], start = 0): SelectionPolicy {
  const divisor = weights.reduce(greatestCommonDivisor, 0);
  const reduced = weights.map((weight) => weight / divisor);
  const total = reduced.reduce((sum, weight) => sum + weight, 0);
  const next = total <= LONGEST_SEQUENCE ? replay(reduced, total, start) : smooth(reduced, total);
  return { pick: (exclude = -1) => next(exclude) };
}

/** Replays one full turn of the algorithm over and over: after `total` picks it begins again. */
function replay(weights: readonly number[], total: number, start: number): Picker {
  const next = smooth(weights, total);
  const sequence = Array.from({ length: total }, () => next(-1));
  let position = total === 0 ? 0 : start % total;
  return (exclude) => {
    const from = position;
    if (exclude < 0) position = from + 1 < total ? from + 1 : 0;
    for (let step = 0; step < total; step++) {
      const index = sequence[(from + step) % total] ?? -1;
      if (index !== exclude) return index;
    }
    return sequence[from] ?? -1;
  };
}

/**
 * Each pick adds every weight to its target's credit and takes the total from the richest target,
 * which is picked; of equals the first.
 */
function smooth(weights: readonly number[], total: number): Picker {
  const credits = weights.map(() => 0);
  return (exclude) => {
    let best = -1;
    let most = Number.NEGATIVE_INFINITY;
    const turn = exclude < 0 ? 1 : 0;
    for (const [i, weight] of weights.entries()) {
      const credit = (credits[i] ?? 0) + turn * weight;
      credits[i] = credit;
      if (credit > most && (i !== exclude || weights.length === 1)) {
        best = i;
        most = credit;
      }
    }
    if (best >= 0) credits[best] = most - turn * total;
    return best;
  };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
