import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createLocalFileTree } from "../../src/adapters/files/local-file-tree.ts";
import type { FileTree } from "../../src/ports/file-system.ts";
import { createMemoryFileTree } from "../support/memory-file-tree.ts";
import { readText } from "../support/read-body.ts";

const BIG = "0123456789".repeat(20_000);

const FIXTURE: Readonly<Record<string, string>> = {
  "a.txt": "alpha",
  "big.txt": BIG,
  "empty.txt": "",
  "ünï cödé.txt": "unicode",
  "back\\slash": "one name",
  "docs/index.html": "<p>docs</p>",
  "docs/deep/z.txt": "z",
};

const folder = mkdtempSync(join(tmpdir(), "prox-file-tree-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function onDisk(): FileTree {
  for (const [path, text] of Object.entries(FIXTURE)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return createLocalFileTree(folder);
}

describe.each([
  ["local file tree", onDisk()],
  ["memory file tree", createMemoryFileTree(FIXTURE)],
] as const)("%s", (_, tree) => {
  test.each(["a.txt", "ünï cödé.txt", "back\\slash", "docs/deep/z.txt", "empty.txt"])(
    "opens %s with its facts and bytes",
    (path) => {
      const file = tree.open(path);
      const size = Buffer.byteLength(FIXTURE[path] ?? "");
      expect(file?.facts).toMatchObject({ kind: "file", size });
      expect(file?.facts.modifiedAt).toBeGreaterThan(0);
      expect(new TextDecoder().decode(file?.read(0, size))).toBe(FIXTURE[path] ?? "");
      file?.close();
      expect(tree.facts(path)).toMatchObject({ kind: "file", size });
    },
  );

  test.each(["", "docs", "docs/deep"])("opens the directory '%s' as one", (path) => {
    const file = tree.open(path);
    expect(file?.facts).toMatchObject({ kind: "directory", size: 0 });
    file?.close();
    expect(tree.facts(path)).toMatchObject({ kind: "directory" });
  });

  test.each([
    ["a missing name", "missing"],
    ["a name in a missing directory", "docs/missing/x"],
    ["a file taken for a directory", "a.txt/x"],
    ["a name with a NUL behind", "a.txt\0"],
    ["a NUL", "\0"],
    ["the parent", ".."],
    ["a name in the parent", "../a.txt"],
    ["a way out and in", "docs/../../x"],
    ["too long a name", "x".repeat(300)],
    ["too long a path", "x/".repeat(3000)],
  ])("finds nothing at %s", (_case, path) => {
    expect(tree.open(path)).toBeNull();
    expect(tree.facts(path)).toBeNull();
    expect(tree.list(path, 10)).toBeNull();
  });

  test("reads a piece in the middle, more than once, until it is closed", () => {
    const file = tree.open("a.txt");
    expect(new TextDecoder().decode(file?.read(1, 3))).toBe("lph");
    expect(new TextDecoder().decode(file?.read(1, 3))).toBe("lph");
    file?.close();
    file?.close();
    expect(() => file?.read(0, 1)).toThrow("internal_error");
  });

  test("streams a range with its length, in chunks that stay as they were", async () => {
    const body = tree.open("big.txt")?.stream(5, 150_000) ?? null;
    expect(body).toMatchObject({ length: 150_000, consumed: false, trailers: [] });
    expect(await readText(body)).toBe(BIG.slice(5, 150_005));
    expect(body?.consumed).toBe(true);
    expect(body?.read()).toBeNull();
    body?.cancel();
  });

  test("ends a stream that was cancelled, and closes its file", () => {
    const file = tree.open("big.txt");
    const body = file?.stream(0, BIG.length);
    body?.read();
    body?.cancel();
    body?.cancel();
    expect(body?.read()).toBeNull();
    expect(() => file?.read(0, 1)).toThrow("internal_error");
  });

  test("fails to read beyond the end", () => {
    const file = tree.open("a.txt");
    expect(() => file?.read(3, 10)).toThrow("internal_error");
    file?.close();
  });

  test("lists names in order, directories marked, at most as many as asked for", () => {
    const names = ["a.txt", "back\\slash", "big.txt", "docs/", "empty.txt", "ünï cödé.txt"];
    expect(tree.list("", 100)).toEqual(names);
    expect(tree.list("", 2)).toEqual(names.slice(0, 2));
    expect(tree.list("docs", 100)).toEqual(["deep/", "index.html"]);
    expect(tree.list("a.txt", 100)).toBeNull();
  });
});
