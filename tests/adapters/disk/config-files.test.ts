import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createConfigFiles } from "../../../src/adapters/disk/config-files.ts";

const folder = mkdtempSync(join(tmpdir(), "prox-config-files-"));
mkdirSync(join(folder, "sub"));
writeFileSync(join(folder, "ca.pem"), "PEM\n");
symlinkSync("ca.pem", join(folder, "link.pem"));
symlinkSync("nowhere", join(folder, "dangling"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("createConfigFiles", () => {
  const files = createConfigFiles(join(folder, "config.yaml"));

  test("counts relative paths from the folder of the configuration file", () => {
    expect(files.resolve("a/../ca.pem")).toBe(join(folder, "ca.pem"));
    expect(files.resolve("/etc/x")).toBe("/etc/x");
    expect(createConfigFiles("config.yaml").resolve("x")).toBe(join(process.cwd(), "x"));
  });

  test.each([
    ["ca.pem", "file"],
    ["link.pem", "file"],
    ["sub", "directory"],
    ["dangling", null],
    ["none", null],
    ["ca.pem/x", null],
    ["/dev/null", null],
  ] as const)("tells that '%s' is %p", (path, kind) => {
    expect(files.kind(path)).toBe(kind);
  });

  test.each([
    ["ca.pem", "PEM\n"],
    ["link.pem", "PEM\n"],
    ["sub", null],
    ["none", null],
    ["/dev/zero", null],
  ])("reads '%s'", (path, text) => {
    expect(files.readText(path)).toBe(text);
  });
});
