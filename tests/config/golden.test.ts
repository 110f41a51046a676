import { expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createRegexSafety } from "../../src/adapters/recheck/regex-safety.ts";
import { loadConfig } from "../../src/config/load.ts";
import { memoryFiles } from "./memory-files.ts";

/**
 * Each NAME.yaml has a NAME.txt with what loading says of it, one issue a line:
 * `file:line:column severity code message | hint`. UPDATE_GOLDEN=1 writes them anew.
 */
const FOLDER = join(import.meta.dir, "../golden/config");

const PEM = (label: string) => `-----BEGIN ${label}-----\nMAA=\n-----END ${label}-----\n`;
const files = memoryFiles({
  "/etc/prox": null,
  public: null,
  "public/app/index.html": "<!doctype html>",
  logs: null,
  "ca.pem": PEM("CERTIFICATE"),
  "client.pem": PEM("CERTIFICATE"),
  "client.key": PEM("EC PRIVATE KEY"),
});
const env = { PORT: "8080", MAX: "500", BODY: "1024", UPSTREAM: "app.internal", EMPTY: "" };
const regexSafety = createRegexSafety();

const cases = readdirSync(FOLDER).filter((name) => name.endsWith(".yaml"));
const seenCodes = new Set<string>();

test.each(cases)("says of %s what its golden file says", (name) => {
  const text = readFileSync(join(FOLDER, name), "utf8");
  const loaded = loadConfig(text, { file: name, env, files, regexSafety });
  expect(loaded.plan !== null).toBe(loaded.valid);
  const lines = loaded.issues.map((issue) => {
    seenCodes.add(issue.code);
    const place = `${name}:${issue.line}:${issue.column}`;
    return `${place} ${issue.severity} ${issue.code} ${issue.message} | ${issue.hint}`;
  });
  const report = `${[loaded.valid ? "valid" : "invalid", ...lines].join("\n")}\n`;
  const golden = join(FOLDER, name.replace(/yaml$/, "txt"));
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(golden, report);
  expect(report).toBe(readFileSync(golden, "utf8"));
});

test("has a case for each code that a rule can report", () => {
  const source = join(import.meta.dir, "../../src/config");
  const codes = readdirSync(source, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .flatMap((name) => [
      ...readFileSync(join(source, name), "utf8").matchAll(/code: (?:\w+ \? )?"([a-z_]+)"/g),
    ])
    .map((match) => match[1] ?? "");
  expect(codes.length).toBeGreaterThan(30);
  expect([...new Set(codes)].filter((code) => !seenCodes.has(code))).toEqual([]);
});
