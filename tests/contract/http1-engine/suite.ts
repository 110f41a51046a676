import { describe, expect, test } from "bun:test";
import { type Case, Scene, type StartEngine } from "./case.ts";
import { deadlineCases } from "./deadline-cases.ts";
import { departureCases } from "./departure-cases.ts";
import { drainCases } from "./drain-cases.ts";
import { headCases } from "./head-cases.ts";
import { persistenceCases } from "./persistence-cases.ts";
import { requestBodyCases } from "./request-body-cases.ts";
import { responseBodyCases } from "./response-body-cases.ts";
import { uploadAnswerCases } from "./upload-answer-cases.ts";

const CASES: readonly Case[] = [
  ...headCases,
  ...persistenceCases,
  ...requestBodyCases,
  ...uploadAnswerCases,
  ...responseBodyCases,
  ...deadlineCases,
  ...departureCases,
  ...drainCases,
];

/** Milliseconds that a case waits for what must come, and for what an exception says will not. */
const PATIENCE = 4_000;
const PATIENCE_OF_EXCEPTIONS = 400;

/**
 * Runs every behaviour that the core relies on against an engine. `exceptions` names the cases that
 * the engine cannot keep, each with its reason: they must fail, so that it is noticed when they
 * begin to hold. `unsteady` ones are left out: the engine keeps them or not by luck, so that neither
 * outcome would tell anything.
 */
export function describeEngine(
  name: string,
  start: StartEngine,
  exceptions: Readonly<Record<string, string>>,
  unsteady: Readonly<Record<string, string>> = {},
): void {
  describe(`${name} engine`, () => {
    for (const { name: title, run } of CASES) {
      if (title in unsteady) continue;
      const reason = exceptions[title];
      if (reason === undefined) test(title, () => play(start, run, PATIENCE));
      else test(`differs (${reason}): ${title}`, () => expectDifference(start, run));
    }

    test("every exception names a case", () => {
      const names = CASES.map((c) => c.name);
      const excepted = [...Object.keys(exceptions), ...Object.keys(unsteady)];
      expect(excepted.filter((title) => !names.includes(title))).toEqual([]);
      expect(new Set(names).size).toBe(names.length);
    });
  });
}

async function play(start: StartEngine, run: Case["run"], patience: number): Promise<void> {
  const scene = new Scene(start, patience);
  try {
    await run(scene);
  } finally {
    await scene.end();
  }
}

async function expectDifference(start: StartEngine, run: Case["run"]): Promise<void> {
  let failed = false;
  try {
    await play(start, run, PATIENCE_OF_EXCEPTIONS);
  } catch {
    failed = true;
  }
  expect(failed).toBe(true);
}
