import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { undocumentedExports } from "./documented-exports.ts";

const project = join(import.meta.dir, "../..");

test.each([
  ["no comment", "export const one = 1;", ["1: one"]],
  ["a comment of one star", "/* One. */\nexport interface One {}", ["2: One"]],
  ["a line comment", "// One.\nexport type One = 1;", ["2: One"]],
  ["an empty docstring", "/** */\nexport class One {}", ["2: One"]],
  ["a docstring further up", "/** One. */\n\nexport function one() {}", ["3: one"]],
  ["a docstring", "/** Gives one. */\nexport async function one() {}", []],
  ["a long docstring", "/**\n * Gives one.\n */\nexport abstract class One {}", []],
  ["overloads", "/** One. */\nexport function f(): 1;\nexport function f() {}", []],
  ["nothing exported", "const one = 1;\nfunction two() {}", []],
])("scanner for undocumented exports judges %s", (_, source, expected) => {
  expect(undocumentedExports(source)).toEqual(expected);
});

test.each(["core", "ports", "config"])("every export of src/%s has a docstring", (folder) => {
  const files = [...new Bun.Glob(`src/${folder}/**/*.ts`).scanSync(project)].sort();
  expect(files).not.toEqual([]);
  const missing = files.flatMap((file) =>
    undocumentedExports(readFileSync(join(project, file), "utf8")).map((at) => `${file}:${at}`),
  );
  expect(missing).toEqual([]);
});
