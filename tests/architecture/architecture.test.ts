/**
 * The house rules are the linter's; this proves that the linter still enforces them. It plants one
 * violation per file in a copy of the tree and expects exactly that rule to be reported.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { VIOLATIONS } from "./violations.ts";

const project = join(import.meta.dir, "../..");
const copy = mkdtempSync(join(tmpdir(), "prox-architecture-"));
afterAll(() => rmSync(copy, { recursive: true, force: true }));

/** Rules reported per file, sorted, each once. */
let reported = new Map<string, string[]>();

interface Report {
  readonly diagnostics: readonly {
    readonly category: string;
    readonly location: { readonly path: string };
  }[];
}

beforeAll(async () => {
  for (const part of ["src", "scripts/lint", "biome.json", "package.json", "tsconfig.json"]) {
    cpSync(join(project, part), join(copy, part), { recursive: true });
  }
  for (const { file, source } of VIOLATIONS) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    writeFileSync(join(copy, file), source);
  }
  reported = await lint(copy);
});

async function lint(folder: string): Promise<Map<string, string[]>> {
  const child = Bun.spawn(
    [
      join(project, "node_modules/.bin/biome"),
      "lint",
      "--reporter=json",
      "--max-diagnostics=none",
      "--colors=off",
    ],
    { cwd: folder, stdout: "pipe", stderr: "pipe" },
  );
  const [text, complaints] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (!text.startsWith("{")) throw new Error(`biome reported nothing: ${complaints}`);
  // Biome's own output: an I/O edge.
  const report = JSON.parse(text) as Report;
  const rules = new Map<string, Set<string>>();
  for (const { category, location } of report.diagnostics) {
    const seen = rules.get(location.path) ?? new Set();
    rules.set(location.path, seen.add(category));
  }
  return new Map([...rules].map(([file, seen]) => [file, [...seen].sort()]));
}

test.each(
  VIOLATIONS.map(
    ({ file, source, rules }) => [file, source.split("\n", 1)[0], source, rules] as const,
  ),
)("linter catches %s: %s", (file, _, __, rules) => {
  expect(reported.get(file) ?? []).toEqual([...rules].sort());
});

test("linter finds nothing in the files of the project", () => {
  const planted = new Set(VIOLATIONS.map(({ file }) => file));
  const others = [...reported].filter(([file]) => !planted.has(file));
  expect(others).toEqual([]);
});

test("linter's configuration sits at the root, else cycles go unseen", () => {
  expect(existsSync(join(project, "biome.json"))).toBe(true);
});

test("composition roots are the files that the linter's rules name", () => {
  const roots = [...new Bun.Glob("*.ts").scanSync(join(project, "src"))].sort();
  expect(roots).toEqual(["app.ts", "configuration.ts", "main.ts", "worker.ts"]);
});
