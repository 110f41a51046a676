import { expect, test } from "bun:test";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import { configJsonSchema } from "../../src/config/schema.ts";
import { readConfiguration } from "../../src/configuration.ts";

const root = join(import.meta.dir, "../..");
const sample = join(root, "config.yaml");

test("the sample configuration is valid, without a warning", async () => {
  const { loaded } = await readConfiguration(sample, {});
  expect(loaded.issues).toEqual([]);
});

test("the sample shows every type of route and every rule", async () => {
  const text = await Bun.file(sample).text();
  const types = new Set(Array.from(text.matchAll(/^ {4}type: (\w+)$/gm), ([, type]) => type));
  expect([...types].sort()).toEqual(["load_balance", "proxy", "redirect", "static"]);
  for (const rule of ["request_headers", "response_headers", "request_body", "response_body"]) {
    expect(text).toContain(`    ${rule}:\n`);
  }
});

// Editors check the sample against this file, which its first line names.
test("docs/config.schema.json is what `prox schema` prints", async () => {
  const [line = ""] = (await Bun.file(sample).text()).split("\n");
  const path = /^# yaml-language-server: \$schema=(\S+)$/.exec(line)?.[1] ?? "";
  const stored: unknown = await Bun.file(join(root, path)).json();
  expect(stored).toEqual(JSON.parse(JSON.stringify(configJsonSchema())));
});

test.each([
  [".gz", gunzipSync],
  [".br", brotliDecompressSync],
  [".zst", zstdDecompressSync],
])("the precompressed style.css%s holds the style sheet", async (suffix, decompress) => {
  const path = join(root, "examples/public/style.css");
  const compressed = await Bun.file(path + suffix).bytes();
  expect(decompress(compressed).toString()).toBe(await Bun.file(path).text());
});
