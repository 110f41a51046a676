import type { BodyStream } from "./exchange.ts";

/** What a static handler must know of a file. */
export interface FileFacts {
  readonly kind: "file" | "directory";
  /** Size in bytes; 0 for a directory. */
  readonly size: number;
  /** Modification time, Unix milliseconds. */
  readonly modifiedAt: number;
}

/** A file opened for reading: reads stay consistent with `facts`, whatever happens to the path. */
export interface OpenFile {
  readonly facts: FileFacts;
  /** Streams `length` bytes from `start`; closes the file at the end or on cancel. A file that shrank fails. */
  stream(start: number, length: number): BodyStream;
  /** Reads a small range whole; into `into` where that is given and of that length. Does not close. */
  read(start: number, length: number, into?: Uint8Array): Uint8Array;
  /** Releases the file; harmless twice. */
  close(): void;
}

/** Files below one root. **Security:** no path, link or race leads out of the root. */
export interface FileTree {
  /**
   * Opens what a relative, decoded path names (segments joined by `/`, no `.`, `..` or NUL).
   * `null` where there is nothing, it may not be read, or it lies outside of the root.
   */
  open(path: string): OpenFile | null;
  /** Facts without opening; same rules. */
  facts(path: string): FileFacts | null;
  /** Names in a directory, sorted, directories end in `/`; null where it is none. At most `limit`. */
  list(path: string, limit: number): readonly string[] | null;
}
