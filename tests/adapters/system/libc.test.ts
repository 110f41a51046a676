import { dlopen } from "bun:ffi";
import { expect, test } from "bun:test";
import { closeSync, fstatSync, openSync } from "node:fs";
import { descriptorLimit, openDescriptorCalls } from "../../../src/adapters/system/libc.ts";

const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const { getsockopt } = dlopen("libc.so.6", {
  getsockopt: { args: ["int", "int", "int", "ptr", "ptr"], returns: "int" },
}).symbols;

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

test("setReceiveBuffer fixes what the kernel reports as the buffer of a socket", () => {
  using listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const descriptor = "fd" in listener ? Number(listener.fd) : -1;
  openDescriptorCalls(() => {})?.setReceiveBuffer(descriptor, 16 * 1024);
  const value = new Int32Array(1);
  getsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, value, new Int32Array([4]));
  // The kernel doubles the figure, for its own needs (socket(7)).
  expect(value[0]).toBe(32 * 1024);
});
