import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { countTests } from "../../scripts/check/junit.ts";

const folder = mkdtempSync(join(tmpdir(), "prox-junit-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function report(totals: string): string {
  const file = join(folder, "report.xml");
  writeFileSync(
    file,
    `<?xml version="1.0"?>\n<testsuites name="bun test" ${totals}>\n</testsuites>`,
  );
  return file;
}

test.each([
  ["all green", 'tests="3" failures="0" skipped="0"', true, { passed: 3, failed: 0, skipped: 0 }],
  [
    "a failed test",
    'tests="3" failures="1" skipped="1"',
    false,
    { passed: 1, failed: 1, skipped: 1 },
  ],
  [
    "a file that does not load",
    'tests="3" failures="0" skipped="0"',
    false,
    { passed: 3, failed: 1, skipped: 0 },
  ],
  [
    "no test at all",
    'tests="0" failures="0" skipped="0"',
    true,
    { passed: 0, failed: 1, skipped: 0 },
  ],
  [
    "only skipped tests",
    'tests="2" failures="0" skipped="2"',
    true,
    { passed: 0, failed: 1, skipped: 2 },
  ],
])("test totals of a run with %s", (_, totals, succeeded, expected) => {
  expect(countTests(report(totals), succeeded)).toEqual(expected);
});

test("test totals count a run without a report as one failure", () => {
  expect(countTests(join(folder, "absent.xml"), true)).toEqual({
    passed: 0,
    failed: 1,
    skipped: 0,
  });
});
