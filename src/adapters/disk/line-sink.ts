import { closeSync, openSync, write } from "node:fs";
import type { LineSink } from "../../ports/logger.ts";

/** Lines wait at most this long for company. */
const FLUSH_AFTER_MS = 250;
const BATCH_BYTES = 64 * 1024;
/** With this many bytes waiting, lines are dropped, so that a stuck reader costs no memory. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;
/** A full pipe is tried again after this time. */
const RETRY_AFTER_MS = 20;

const STDOUT = 1;
const LINE_FEED = 0x0a;

/** Bun's Buffers have it, its types do not: the fastest way to write ASCII. */
type Latin1Buffer = Buffer & { latin1Write(text: string, offset: number): number };

/** Called when lines were lost: how many, and what the last write said. */
export type LostLines = (count: number, cause: unknown) => void;

/**
 * Appends lines to a file or to standard output, batched and off the event loop. Never throws: lines
 * that cannot be written are counted and reported through `onLost`.
 */
export class BatchedLineSink implements LineSink {
  readonly #path: string | null;
  readonly #onLost: LostLines;
  #descriptor: number;
  #batch = newBatch();
  #used = 0;
  /** Full batches, the first of which is being written. */
  readonly #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #writing = false;
  #lost = 0;
  #timer: Timer | null = null;
  #flushed: (() => void)[] = [];

  /**
   * @param path absolute path of the file; null = standard output
   * @throws the system's error when the file cannot be opened
   */
  constructor(path: string | null, onLost: LostLines) {
    this.#path = path;
    this.#onLost = onLost;
    this.#descriptor = path === null ? STDOUT : open(path);
  }

  write(line: string): void {
    const size = line.length + 1;
    if (size > BATCH_BYTES - this.#used) {
      if (size > BATCH_BYTES || this.#waitingBytes + size > MAX_WAITING_BYTES) {
        this.#lost += 1;
        return;
      }
      this.#queueBatch();
    }
    this.#used += this.#batch.latin1Write(line, this.#used);
    this.#batch[this.#used++] = LINE_FEED;
    this.#timer ??= setTimeout(this.#onTimer, FLUSH_AFTER_MS);
  }

  flush(): Promise<void> {
    this.#queueBatch();
    if (!this.#writing) return Promise.resolve();
    return new Promise((resolve) => this.#flushed.push(resolve));
  }

  /** Opens the file anew (after a rotation); keeps the old one when that fails, and throws. */
  reopen(): void {
    if (this.#path === null) return;
    const fresh = open(this.#path);
    const old = this.#descriptor;
    this.#queueBatch();
    this.#descriptor = fresh;
    // A write under way still uses the old descriptor.
    void this.flush().then(() => closeSync(old));
  }

  readonly #onTimer = (): void => {
    this.#timer = null;
    this.#queueBatch();
  };

  #queueBatch(): void {
    if (this.#used > 0) {
      this.#waiting.push(this.#batch.subarray(0, this.#used));
      this.#waitingBytes += this.#used;
      this.#batch = newBatch();
      this.#used = 0;
    }
    this.#writeNext();
  }

  #writeNext(): void {
    const bytes = this.#waiting[0];
    if (this.#writing || bytes === undefined) return;
    this.#writing = true;
    this.#writeFrom(bytes, 0);
  }

  #writeFrom(bytes: Uint8Array, offset: number): void {
    write(this.#descriptor, bytes, offset, bytes.length - offset, null, (error, written) => {
      if (error?.code === "EAGAIN") {
        setTimeout(() => this.#writeFrom(bytes, offset), RETRY_AFTER_MS);
        return;
      }
      if (error === null && offset + written < bytes.length) {
        this.#writeFrom(bytes, offset + written);
        return;
      }
      if (error !== null) this.#lost += linesIn(bytes.subarray(offset));
      this.#written(error);
    });
  }

  #written(error: unknown): void {
    this.#writing = false;
    this.#waitingBytes -= this.#waiting.shift()?.length ?? 0;
    if (this.#lost > 0) {
      this.#onLost(this.#lost, error);
      this.#lost = 0;
    }
    if (this.#waiting.length > 0) {
      this.#writeNext();
      return;
    }
    const flushed = this.#flushed;
    this.#flushed = [];
    for (const resolve of flushed) resolve();
  }
}

function newBatch(): Latin1Buffer {
  return Buffer.allocUnsafeSlow(BATCH_BYTES) as Latin1Buffer;
}

function open(path: string): number {
  return openSync(path, "a", 0o640);
}

function linesIn(bytes: Uint8Array): number {
  let lines = 0;
  for (const byte of bytes) if (byte === LINE_FEED) lines += 1;
  return lines;
}
