import { afterAll, beforeEach, expect, test } from "bun:test";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLocalFileTree } from "../../../src/adapters/files/local-file-tree.ts";

const base = mkdtempSync(join(tmpdir(), "prox-files-"));
const root = join(base, "root");
const outside = join(base, "root-secret");
afterAll(() => rmSync(base, { recursive: true, force: true }));

beforeEach(() => {
  rmSync(root, { recursive: true, force: true });
  rmSync(outside, { recursive: true, force: true });
  mkdirSync(join(root, "inside"), { recursive: true });
  mkdirSync(outside);
  writeFileSync(join(root, "inside/file.txt"), "public");
  writeFileSync(join(outside, "secret.txt"), "secret");
});

function textAt(path: string, from = root): string | null {
  const file = createLocalFileTree(from).open(path);
  if (file === null) return null;
  const text = new TextDecoder().decode(file.read(0, file.facts.size));
  file.close();
  return text;
}

test.each([
  ["relative", "inside/file.txt"],
  ["absolute", join(root, "inside/file.txt")],
  ["out and in again", "../root/inside/file.txt"],
])("follows a %s link that ends inside of the root", (_, target) => {
  symlinkSync(target, join(root, "link"));
  expect(textAt("link")).toBe("public");
  expect(createLocalFileTree(root).list("", 10)).toEqual(["inside/", "link"]);
});

test.each([
  ["relative file", "../root-secret/secret.txt", "link"],
  ["absolute file", join(outside, "secret.txt"), "link"],
  ["directory", outside, "link/secret.txt"],
  ["directory with a longer name", "../root-secret", "link/secret.txt"],
])("does not follow a link to an outside %s", (_, target, path) => {
  symlinkSync(target, join(root, "link"));
  const tree = createLocalFileTree(root);
  expect(tree.open(path)).toBeNull();
  expect(tree.facts(path)).toBeNull();
  expect(tree.list("link", 10)).toBeNull();
  expect(tree.list("", 10)).toEqual(["inside/"]);
});

test.each(["../root-secret/secret.txt", "inside/../../root-secret/secret.txt"])(
  "finds nothing by %s, even if asked",
  (path) => {
    expect(textAt(path)).toBeNull();
  },
);

test("finds nothing behind links in a circle", () => {
  symlinkSync("b", join(root, "a"));
  symlinkSync("a", join(root, "b"));
  expect(textAt("a")).toBeNull();
});

test("lists a linked directory as one and leaves out dead links", () => {
  symlinkSync("inside", join(root, "also"));
  symlinkSync("nowhere", join(root, "dead"));
  const tree = createLocalFileTree(root);
  expect(tree.list("", 10)).toEqual(["also/", "inside/"]);
  expect(tree.list("also", 10)).toEqual(["file.txt"]);
});

test("neither opens nor waits for pipes and sockets", () => {
  expect(Bun.spawnSync(["mkfifo", join(root, "pipe")]).exitCode).toBe(0);
  using _socket = Bun.listen({ unix: join(root, "socket"), socket: { data() {} } });
  const tree = createLocalFileTree(root);
  for (const path of ["pipe", "socket"]) {
    expect(tree.open(path)).toBeNull();
    expect(tree.facts(path)).toBeNull();
  }
  expect(tree.list("", 10)).toEqual(["inside/"]);
});

test("does not open a device that a link names", () => {
  symlinkSync("/dev/zero", join(root, "zero"));
  expect(textAt("zero")).toBeNull();
});

test("follows a root that is itself a link, also when it is switched", () => {
  const current = join(base, "current");
  for (const release of ["r1", "r2"]) {
    mkdirSync(join(base, release));
    writeFileSync(join(base, release, "v.txt"), release);
  }
  symlinkSync("r1", current);
  const tree = createLocalFileTree(current);
  const first = tree.open("v.txt");
  symlinkSync("r2", join(base, "next"));
  renameSync(join(base, "next"), current);
  const second = tree.open("v.txt");
  expect(new TextDecoder().decode(first?.read(0, 2))).toBe("r1");
  expect(new TextDecoder().decode(second?.read(0, 2))).toBe("r2");
  first?.close();
  second?.close();
});

test("finds nothing once the root is gone", () => {
  const tree = createLocalFileTree(root);
  rmSync(root, { recursive: true });
  expect(tree.open("inside/file.txt")).toBeNull();
  expect(tree.list("", 10)).toBeNull();
});

test("serves the whole file system from a root of /", () => {
  expect(textAt(join(root, "inside/file.txt").slice(1), "/")).toBe("public");
});

test("keeps reading the file that it opened after the name got another", () => {
  const file = createLocalFileTree(root).open("inside/file.txt");
  writeFileSync(join(root, "new"), "other!");
  renameSync(join(root, "new"), join(root, "inside/file.txt"));
  expect(new TextDecoder().decode(file?.read(0, 6))).toBe("public");
  file?.close();
});

test("breaks a stream off whose file became shorter, and closes the file", () => {
  writeFileSync(join(root, "big"), "x".repeat(200_000));
  const before = openDescriptors();
  const body = createLocalFileTree(root).open("big")?.stream(0, 200_000);
  expect(body?.read()).toHaveLength(131_072);
  truncateSync(join(root, "big"), 140_000);
  expect(() => body?.read()).toThrow("internal_error");
  expect(openDescriptors()).toBe(before);
});

test("leaves no descriptor open, whatever was asked for", async () => {
  symlinkSync(outside, join(root, "out"));
  writeFileSync(join(root, "big"), "x".repeat(200_000));
  const tree = createLocalFileTree(root);
  const before = openDescriptors();
  for (const path of ["out/secret.txt", "missing", "inside", "\0", "inside/file.txt/x"]) {
    tree.open(path)?.close();
    tree.facts(path);
    tree.list(path, 10);
  }
  const body = tree.open("big")?.stream(0, 200_000);
  while (body?.read() !== null) expect(openDescriptors()).toBeLessThanOrEqual(before + 1);
  tree.open("big")?.stream(0, 200_000).cancel();
  expect(openDescriptors()).toBe(before);
});

test("closes the file with the last byte, also if nobody asks for the end", () => {
  const before = openDescriptors();
  const body = createLocalFileTree(root).open("inside/file.txt")?.stream(0, 6);
  expect(openDescriptors()).toBe(before + 1);
  expect(body?.read()).toHaveLength(6);
  expect(openDescriptors()).toBe(before);
});

// Root may read everything, so there is nothing to see.
test.skipIf(process.getuid?.() === 0)("finds nothing that it may not read", () => {
  chmodSync(join(root, "inside/file.txt"), 0);
  expect(textAt("inside/file.txt")).toBeNull();
});

/** Descriptors of ours alone: the test runner opens and closes its own. */
function openDescriptors(): number {
  return readdirSync("/proc/self/fd").filter(liesInBase).length;
}

function liesInBase(fd: string): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`).startsWith(base);
  } catch {
    return false;
  }
}
