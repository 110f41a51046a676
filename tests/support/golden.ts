import { expect } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const FOLDER = join(import.meta.dir, "..", "golden");

/** Compares a text with the file of that name below tests/golden; `UPDATE_GOLDEN=1` writes it anew. */
export function expectGolden(name: string, actual: string): void {
  const file = join(FOLDER, name);
  if (process.env["UPDATE_GOLDEN"] === "1") {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, actual);
    return;
  }
  expect(actual).toBe(readFileSync(file, "utf8"));
}
