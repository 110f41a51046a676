import {
  closeSync,
  constants,
  type Dirent,
  fstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  statSync,
} from "node:fs";
import { ProxError } from "../../ports/failure.ts";
import type { FileFacts, FileTree, OpenFile } from "../../ports/file-system.ts";
import { LocalFile } from "./local-file.ts";

/** Never waits for a writer on a named pipe, never becomes the process's terminal. */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/** System errors that mean: there is nothing here for a visitor. */
const NOT_THERE = new Set([
  "ENOENT",
  "ENOTDIR",
  "EACCES",
  "EPERM",
  "ELOOP",
  "ENAMETOOLONG",
  "ENXIO",
  "ENODEV",
  "ESTALE",
  // Bun's own: the name holds a NUL.
  "ERR_INVALID_ARG_VALUE",
]);

/**
 * Creates access to the files below a directory (an absolute path, which may be a link and may be
 * switched to another directory at any time). Only regular files and directories exist for it.
 *
 * **Security:** a path is opened first, then the kernel is asked where the opened file really lies
 * (`/proc/self/fd`), and only then it is used. So no link that changes in between matters. Without
 * `/proc` nothing is ever found.
 */
export function createLocalFileTree(root: string): FileTree {
  const tree = new LocalFiles(root);
  return {
    open: (path) => orNull(() => tree.open(path)),
    facts: (path) => orNull(() => tree.facts(path)),
    list: (path, limit) => orNull(() => tree.list(path, limit)),
  };
}

/** The same, but with system errors as they come. */
class LocalFiles {
  readonly #root: string;
  readonly #boundary: RootBoundary;

  constructor(root: string) {
    this.#root = root.endsWith("/") ? root : `${root}/`;
    this.#boundary = new RootBoundary(root);
  }

  open(path: string): OpenFile | null {
    const full = this.#root + path;
    // Asked before opening: opening alone already acts on a pipe or a device.
    const before = statSync(full, { throwIfNoEntry: false });
    if (before === undefined || !(before.isFile() || before.isDirectory())) return null;
    const fd = openSync(full, OPEN_FLAGS);
    try {
      const facts = this.#boundary.contains(fd) ? factsOf(fd) : null;
      if (facts !== null) return new LocalFile(fd, facts);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    closeSync(fd);
    return null;
  }

  facts(path: string): FileFacts | null {
    const file = this.open(path);
    file?.close();
    return file?.facts ?? null;
  }

  list(path: string, limit: number): string[] | null {
    const entries = this.#entries(path);
    if (entries === null) return null;
    const names: string[] = [];
    for (const entry of entries.sort(byName)) {
      if (names.length === limit) break;
      const kind = this.#kindOf(path, entry);
      if (kind !== null) names.push(kind === "directory" ? `${entry.name}/` : entry.name);
    }
    return names;
  }

  #entries(path: string): Dirent[] | null {
    const fd = openSync(this.#root + path, OPEN_FLAGS | constants.O_DIRECTORY);
    try {
      if (!this.#boundary.contains(fd)) return null;
      return readdirSync(`/proc/self/fd/${fd}`, { withFileTypes: true });
    } finally {
      closeSync(fd);
    }
  }

  #kindOf(path: string, entry: Dirent): FileFacts["kind"] | null {
    if (entry.isFile()) return "file";
    if (entry.isDirectory()) return "directory";
    if (!entry.isSymbolicLink()) return null;
    const child = path === "" ? entry.name : `${path}/${entry.name}`;
    return orNull(() => this.facts(child))?.kind ?? null;
  }
}

/** Knows where the root really lies. */
class RootBoundary {
  readonly #root: string;
  #prefix: string | null = null;

  constructor(root: string) {
    this.#root = root;
  }

  /** Tells whether an open file lies below the root, or is it. */
  contains(fd: number): boolean {
    const place = `${readlinkSync(`/proc/self/fd/${fd}`)}/`;
    if (this.#prefix !== null && place.startsWith(this.#prefix)) return true;
    // The root may have been switched to a new release since it was last resolved.
    const real = realpathSync(this.#root);
    this.#prefix = real === "/" ? real : `${real}/`;
    return place.startsWith(this.#prefix);
  }
}

function factsOf(fd: number): FileFacts | null {
  const stats = fstatSync(fd);
  const modifiedAt = stats.mtimeMs;
  if (stats.isFile()) return { kind: "file", size: stats.size, modifiedAt };
  return stats.isDirectory() ? { kind: "directory", size: 0, modifiedAt } : null;
}

/**
 * Turns what a visitor may cause into `null`. What is left (no descriptors, a failing disk) is a
 * fault that must be seen, not a missing file.
 */
function orNull<T>(look: () => T | null): T | null {
  try {
    return look();
  } catch (error) {
    if (error instanceof Error && "code" in error && NOT_THERE.has(String(error.code))) return null;
    throw fault(error);
  }
}

function fault(cause: unknown): ProxError {
  return new ProxError("internal_error", "internal", { cause });
}

/** By code unit: the same order on every machine, whatever its locale. */
function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  if (a.name === b.name) return 0;
  return a.name < b.name ? -1 : 1;
}
