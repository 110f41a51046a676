import { expect, test } from "bun:test";
import { median, pairRatios, renderCase, type Sample } from "../../scripts/bench/table.ts";

function sample(peer: string, round: number, cpuPerRequest: number): Sample {
  const rest = { requestsPerSecond: 1000, p50: 1, p99: 2, peakMemory: 3_000_000, errors: 0 };
  return { peer, case: "get", round, cpuPerRequest, ...rest };
}

test.each([
  [[3, 1, 2], 2],
  [[4, 1, 2, 3], 2.5],
  [[7], 7],
])("median of %p is %p", (values, expected) => {
  expect(median(values)).toBe(expected);
});

test("ratios compare what ran in the same round, and leave out rounds without a pair", () => {
  const samples = [
    sample("nginx", 1, 10),
    sample("prox", 1, 12),
    sample("nginx", 2, 20),
    sample("prox", 2, 22),
    sample("nginx", 3, 40),
  ];
  expect(pairRatios("prox", "nginx", samples)).toEqual([1.2, 1.1]);
});

test("table shows the medians, the sum of errors and the ratio to each peer", () => {
  const samples = [
    sample("nginx", 1, 10),
    sample("prox", 1, 12),
    { ...sample("nginx", 2, 30), errors: 2 },
    sample("prox", 2, 24),
  ];
  const text = renderCase("get", samples, "prox");
  expect(text).toContain("| nginx | 20.0 | 1000 | 1.00 | 2.00 | 3.0 | 2 |");
  expect(text).toContain("| nginx | **1.00** | 0.80 to 1.20 | 2 |");
});
