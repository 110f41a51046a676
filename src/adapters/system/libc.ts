import { dlopen } from "bun:ffi";
import { readFileSync } from "node:fs";

/** Calls of the C library on descriptors, which Bun itself does not offer. */
export interface DescriptorCalls {
  /** Copies a descriptor; -1 where that fails. */
  duplicate(descriptor: number): number;
  close(descriptor: number): void;
  /** Sets how many connections may wait to be accepted on a listening socket. */
  setBacklog(descriptor: number, backlog: number): void;
  /** Fixes how many bytes (about) the kernel takes in before a socket is read. */
  setReceiveBuffer(descriptor: number, bytes: number): void;
}

/** Linux, all architectures that Bun runs on. */
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const INT_BYTES = 4;

/** The names under which glibc and musl are found. */
const LIBRARIES = ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1", "libc.so"];

/**
 * Opens the C library. Where that is refused (no libc, seccomp), `onRefused` hears why in a
 * sentence, and null comes back: whoever asked goes on without.
 */
export function openDescriptorCalls(onRefused: (message: string) => void): DescriptorCalls | null {
  let cause = "";
  for (const name of LIBRARIES) {
    try {
      return bind(name);
    } catch (error) {
      cause = String(error);
    }
  }
  onRefused(`the C library can not be called, descriptors stay with the runtime: ${cause}`);
  return null;
}

function bind(name: string): DescriptorCalls {
  const { symbols } = dlopen(name, {
    dup: { args: ["int"], returns: "int" },
    close: { args: ["int"], returns: "int" },
    listen: { args: ["int", "int"], returns: "int" },
    setsockopt: { args: ["int", "int", "int", "ptr", "int"], returns: "int" },
  });
  return {
    duplicate: (descriptor) => symbols.dup(descriptor),
    close(descriptor) {
      symbols.close(descriptor);
    },
    setBacklog(descriptor, backlog) {
      symbols.listen(descriptor, backlog);
    },
    setReceiveBuffer(descriptor, bytes) {
      symbols.setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, new Int32Array([bytes]), INT_BYTES);
    },
  };
}

/** Reads how many descriptors this process may have open; `fallback` where the system does not say. */
export function descriptorLimit(fallback: number): number {
  try {
    const line = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "latin1"));
    return line === null ? fallback : Number(line[1]);
  } catch {
    return fallback;
  }
}
