import type { BodyStream, HeaderList } from "../../src/ports/exchange.ts";
import { ProxError } from "../../src/ports/failure.ts";
import type { FileFacts, FileTree, OpenFile } from "../../src/ports/file-system.ts";

/** A file of the fake: its text, or text and time. */
export interface MemoryEntry {
  readonly text: string;
  /** Unix milliseconds. */
  readonly modifiedAt: number;
}

/** A file tree in memory that knows how many of its files are open. */
export interface MemoryFileTree extends FileTree {
  readonly openFiles: number;
  /** Paths that were asked for by `open`, in order. */
  readonly opened: readonly string[];
}

const textEncoder = new TextEncoder();

/** Files changed at this time unless said otherwise: 2024-01-02T03:04:05.678Z. */
export const MODIFIED_AT = Date.UTC(2024, 0, 2, 3, 4, 5, 678);

/** Creates a tree from paths and their text; directories follow from the paths. */
export function createMemoryFileTree(
  entries: Readonly<Record<string, string | MemoryEntry>>,
): MemoryFileTree {
  const files = new Map<string, MemoryEntry>();
  const directories = new Set([""]);
  for (const [path, entry] of Object.entries(entries)) {
    files.set(path, typeof entry === "string" ? { text: entry, modifiedAt: MODIFIED_AT } : entry);
    const names = path.split("/");
    for (let i = 1; i < names.length; i++) directories.add(names.slice(0, i).join("/"));
  }
  let openFiles = 0;
  const opened: string[] = [];
  const closed = () => {
    openFiles--;
  };

  const facts = (path: string): FileFacts | null => {
    const file = files.get(path);
    if (file !== undefined) {
      const size = textEncoder.encode(file.text).length;
      return { kind: "file", size, modifiedAt: file.modifiedAt };
    }
    if (!directories.has(path)) return null;
    return { kind: "directory", size: 0, modifiedAt: MODIFIED_AT };
  };

  return {
    get openFiles() {
      return openFiles;
    },
    opened,
    facts,
    open(path) {
      opened.push(path);
      const found = facts(path);
      if (found === null) return null;
      openFiles++;
      return new MemoryFile(textEncoder.encode(files.get(path)?.text ?? ""), found, closed);
    },
    list(path, limit) {
      if (!directories.has(path)) return null;
      const prefix = path === "" ? "" : `${path}/`;
      const names = new Set<string>();
      for (const file of files.keys()) {
        if (!file.startsWith(prefix)) continue;
        const [name = "", ...below] = file.slice(prefix.length).split("/");
        names.add(below.length > 0 ? `${name}/` : name);
      }
      return [...names].sort().slice(0, limit);
    },
  };
}

class MemoryFile implements OpenFile {
  readonly facts: FileFacts;
  readonly #bytes: Uint8Array;
  readonly #closed: () => void;
  #open = true;

  constructor(bytes: Uint8Array, facts: FileFacts, closed: () => void) {
    this.#bytes = bytes;
    this.facts = facts;
    this.#closed = closed;
  }

  read(start: number, length: number): Uint8Array {
    if (!this.#open || start + length > this.#bytes.length) {
      throw new ProxError("internal_error", "internal");
    }
    return this.#bytes.slice(start, start + length);
  }

  stream(start: number, length: number): BodyStream {
    const file = this;
    let position = start;
    const end = start + length;
    const trailers: HeaderList = [];
    const body = {
      length,
      trailers,
      consumed: false,
      read() {
        body.consumed = true;
        const count = Math.min(1000, end - position);
        if (count === 0) {
          file.close();
          return null;
        }
        position += count;
        return file.read(position - count, count);
      },
      cancel() {
        position = end;
        file.close();
      },
    };
    return body;
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#closed();
  }
}
