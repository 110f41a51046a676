import { readFileSync } from "node:fs";

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/**
 * Reads the totals of a JUnit report. A run that failed although no test did (a file that does not
 * load, a crash before the report) counts as one failure, and a run without any test as well.
 */
export function countTests(report: string, succeeded: boolean): Counts {
  const counts = readTotals(report) ?? { passed: 0, failed: 0, skipped: 0 };
  const nothingRan = counts.passed + counts.failed === 0;
  if (counts.failed === 0 && (!succeeded || nothingRan)) counts.failed = 1;
  return counts;
}

function readTotals(report: string): Counts | undefined {
  let text: string;
  try {
    text = readFileSync(report, "utf8");
  } catch {
    return undefined;
  }
  const head = /<testsuites\b[^>]*>/.exec(text)?.[0];
  if (head === undefined) return undefined;
  const failed = attribute(head, "failures") + attribute(head, "errors");
  const skipped = attribute(head, "skipped");
  return { passed: attribute(head, "tests") - failed - skipped, failed, skipped };
}

function attribute(tag: string, name: string): number {
  return Number(new RegExp(`\\b${name}="(\\d+)"`).exec(tag)?.[1] ?? 0);
}
