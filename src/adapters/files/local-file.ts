import { closeSync, readSync } from "node:fs";
import type { BodyStream, HeaderList } from "../../ports/exchange.ts";
import { ProxError } from "../../ports/failure.ts";
import type { FileFacts, OpenFile } from "../../ports/file-system.ts";

/**
 * Bytes per read: smaller pieces cost a fifth more system time for 1 MiB, larger ones only memory,
 * of which every stalled reader holds one.
 */
const PIECE = 128 * 1024;

/** A regular file or directory, open for reading. It owns its descriptor. */
export class LocalFile implements OpenFile {
  readonly facts: FileFacts;
  readonly #fd: number;
  #closed = false;

  constructor(fd: number, facts: FileFacts) {
    this.#fd = fd;
    this.facts = facts;
  }

  stream(start: number, length: number): BodyStream {
    return new FileBody(this, start, length);
  }

  /** @throws ProxError `internal_error` where the file has become shorter, or cannot be read. */
  read(start: number, length: number, into?: Uint8Array): Uint8Array {
    const bytes = into?.length === length ? into : Buffer.allocUnsafeSlow(length);
    let filled = 0;
    while (filled < length) {
      const count = this.#readInto(bytes, filled, start + filled);
      if (count === 0) throw fault(new Error("the file became shorter while it was read"));
      filled += count;
    }
    return bytes;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.#fd);
  }

  #readInto(bytes: Uint8Array, offset: number, position: number): number {
    // A descriptor number is used again by others once it is closed.
    if (this.#closed) throw fault(new Error("the file is closed"));
    try {
      return readSync(this.#fd, bytes, offset, bytes.length - offset, position);
    } catch (error) {
      throw fault(error);
    }
  }
}

/** A range of a file, read piece by piece when asked for. */
class FileBody implements BodyStream {
  readonly length: number;
  readonly trailers: HeaderList = [];
  readonly #file: OpenFile;
  #position: number;
  readonly #end: number;
  #consumed = false;
  /** A piece that its reader gave back. */
  #spare: Uint8Array | undefined;

  constructor(file: OpenFile, start: number, length: number) {
    this.#file = file;
    this.length = length;
    this.#position = start;
    this.#end = start + length;
  }

  get consumed(): boolean {
    return this.#consumed;
  }

  read(): Uint8Array | null {
    this.#consumed = true;
    const count = Math.min(PIECE, this.#end - this.#position);
    if (count === 0) {
      this.#file.close();
      return null;
    }
    try {
      const chunk = this.#file.read(this.#position, count, this.#spare);
      this.#spare = undefined;
      this.#position += count;
      // The last piece needs no descriptor: the reader may never ask again.
      if (this.#position === this.#end) this.#file.close();
      return chunk;
    } catch (error) {
      this.cancel();
      throw error;
    }
  }

  release(chunk: Uint8Array): void {
    this.#spare = chunk;
  }

  cancel(): void {
    this.#position = this.#end;
    this.#file.close();
  }
}

function fault(cause: unknown): ProxError {
  return new ProxError("internal_error", "internal", { cause });
}
