/**
 * Runs every check and test, one line per step, and ends with `N passed, N failed`: the tests of
 * `bun test` one by one, each other step as one. `bun run check [--only STEP] [--list] [--verbose]`
 */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Counts, countTests } from "./check/junit.ts";

interface Step {
  readonly name: string;
  readonly command: readonly string[];
  /** Counts test by test; the command takes the flags of `bun test`. */
  readonly counted?: boolean;
}

const STEPS: readonly Step[] = [
  { name: "lint", command: ["biome", "ci", "--colors=off"] },
  { name: "types", command: ["tsc", "--noEmit", "--pretty", "false"] },
  { name: "unused", command: ["knip", "--no-progress"] },
  { name: "docs", command: ["bun", "scripts/docs.ts", "--check"] },
  {
    name: "unit",
    command: ["bun", "test", "--only-failures", "--path-ignore-patterns=tests/e2e/**"],
    counted: true,
  },
  { name: "build", command: ["bun", "scripts/build.ts"] },
  { name: "e2e", command: ["bun", "test", "--only-failures", "./tests/e2e/"], counted: true },
  { name: "fuzz", command: ["bun", "scripts/fuzz.ts", "--binary", "--seconds", "20"] },
];

/** A step that hangs is killed and has failed. */
const STEP_TIMEOUT_MS = 10 * 60_000;
/** Of a failed step's output, the end is what counts. */
const OUTPUT_LINES = 150;

const { values: options } = parseArgs({
  options: {
    only: { type: "string", multiple: true },
    list: { type: "boolean" },
    verbose: { type: "boolean" },
  },
});

process.chdir(join(import.meta.dir, ".."));
process.env["PATH"] = `${process.cwd()}/node_modules/.bin:${process.env["PATH"] ?? ""}`;

if (options.list) {
  for (const step of STEPS) console.log(`${step.name.padEnd(8)}${step.command.join(" ")}`);
} else {
  const failed = await runAll(selectSteps(options.only));
  process.exitCode = failed ? 1 : 0;
}

function selectSteps(names: readonly string[] | undefined): readonly Step[] {
  if (names === undefined) return STEPS;
  const unknown = names.find((name) => !STEPS.some((step) => step.name === name));
  if (unknown === undefined) return STEPS.filter((step) => names.includes(step.name));
  console.error(`check: no step '${unknown}': --list names them`);
  process.exit(2);
}

async function runAll(steps: readonly Step[]): Promise<boolean> {
  const scratch = mkdtempSync(join(tmpdir(), "prox-check-"));
  const total: Counts = { passed: 0, failed: 0, skipped: 0 };
  const started = performance.now();
  try {
    for (const step of steps) {
      const counts = await runStep(step, scratch);
      total.passed += counts.passed;
      total.failed += counts.failed;
      total.skipped += counts.skipped;
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
  console.log(`\n${steps.length} steps in ${seconds(started)}${skipped}`);
  console.log(`${total.passed} passed, ${total.failed} failed`);
  return total.failed > 0;
}

async function runStep(step: Step, scratch: string): Promise<Counts> {
  process.stdout.write(`${step.name.padEnd(8)}`);
  const started = performance.now();
  const report = join(scratch, `${step.name}.xml`);
  const log = join(scratch, `${step.name}.log`);
  const flags = step.counted ? ["--reporter=junit", `--reporter-outfile=${report}`] : [];
  const outcome = await run([...step.command, ...flags], log);
  const counts = step.counted ? countTests(report, outcome === "ok") : countStep(outcome === "ok");

  const tests = step.counted ? `, ${counts.passed} of ${counts.passed + counts.failed} tests` : "";
  console.log(`${outcome}${tests} (${seconds(started)})`);
  if (counts.failed > 0 || options.verbose) printEnd(readFileSync(log, "utf8"));
  return counts;
}

/** Runs a command with its output, both streams in order, in a file; says how it ended. */
async function run(command: readonly string[], log: string): Promise<string> {
  const file = openSync(log, "w");
  try {
    const child = Bun.spawn([...command], {
      stdin: "ignore",
      stdout: file,
      stderr: file,
      timeout: STEP_TIMEOUT_MS,
      env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0" },
    });
    const code = await child.exited;
    if (child.signalCode !== null) return `FAILED by ${child.signalCode}`;
    return code === 0 ? "ok" : `FAILED with ${code}`;
  } catch (error) {
    return `FAILED to start: ${String(error)}`;
  } finally {
    closeSync(file);
  }
}

function countStep(ok: boolean): Counts {
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
}

function printEnd(output: string): void {
  const lines = output.trimEnd().split("\n");
  const left = lines.length - OUTPUT_LINES;
  if (left > 0 && !options.verbose) console.log(`    ... ${left} lines before`);
  for (const line of options.verbose ? lines : lines.slice(-OUTPUT_LINES)) {
    console.log(`    ${line}`);
  }
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}
