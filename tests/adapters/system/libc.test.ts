import { expect, test } from "bun:test";
import { closeSync, fstatSync, openSync } from "node:fs";
import { descriptorLimit, openDescriptorCalls } from "../../../src/adapters/system/libc.ts";

test("openDescriptorCalls copies a descriptor that outlives the first", () => {
  const calls = openDescriptorCalls(() => {});
  const first = openSync("/dev/null", "r");
  const second = calls?.duplicate(first) ?? -1;
  closeSync(first);
  expect(second).toBeGreaterThan(2);
  expect(fstatSync(second).isCharacterDevice()).toBe(true);
  calls?.close(second);
  expect(() => fstatSync(second)).toThrow();
  expect(calls?.duplicate(second)).toBe(-1);
});

test("descriptorLimit reads the limit of this process", () => {
  const limit = Number(Bun.spawnSync(["sh", "-c", "ulimit -n"]).stdout.toString());
  expect(descriptorLimit(7)).toBe(limit);
});
