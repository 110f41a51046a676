import { closeSync, openSync, write as writeToDescriptor } from "node:fs";
import type { Clock } from "../../ports/clock.ts";
import type { LineSink } from "../../ports/logger.ts";

/** Lines wait at most this long for company. */
const FLUSH_AFTER_MS = 250;
const BATCH_BYTES = 128 * 1024;
/** With this many bytes waiting, lines are dropped, so that a stuck reader costs no more memory. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;
/** A full pipe is tried again after this time. */
const RETRY_AFTER_MS = 20;
/** Losses are told this often, however many there are. */
const REPORT_AFTER_MS = 10_000;

const STDOUT = 1;
const LINE_FEED = 0x0a;

/** Lines that are written together. */
interface Batch {
  /** Begins with a line feed, which is written only behind a torn line. */
  readonly bytes: Uint8Array;
  used: number;
}

/** Told that lines were lost: how many, and what the last write said (nothing where none ended yet). */
export type LostLines = (count: number, cause: unknown) => void;

/** The call that writes to a descriptor, as `fs.write`. */
export type WriteCall = (
  descriptor: number,
  bytes: Uint8Array,
  span: { readonly offset: number; readonly length: number },
  done: (error: NodeJS.ErrnoException | null, written: number) => void,
) => void;

export interface LineSinkOptions {
  /** Absolute path of the file; null = standard output. */
  readonly path: string | null;
  readonly clock: Clock;
  readonly onLost: LostLines;
  /** Default: the system's, off the event loop. */
  readonly write?: WriteCall;
}

/**
 * Appends lines to a file or to standard output, batched and off the event loop. Never throws: lines
 * that cannot be written are counted and reported, at most every ten seconds.
 */
export class BatchedLineSink implements LineSink {
  readonly #options: LineSinkOptions;
  readonly #write: WriteCall;
  #descriptor: number;
  #batch = newBatch(BATCH_BYTES);
  #spare: Batch | null = null;
  /** Full batches, the first of which is being written. */
  readonly #waiting: Batch[] = [];
  #waitingBytes = 0;
  #writing = false;
  /** The last line in the file is not complete. */
  #torn = false;
  #lost = 0;
  #reportedAt = Number.NEGATIVE_INFINITY;
  #timer: Timer | null = null;
  #flushed: (() => void)[] = [];

  /** @throws the system's error when the file cannot be opened */
  constructor(options: LineSinkOptions) {
    this.#options = options;
    this.#write = options.write ?? systemWrite;
    this.#descriptor = options.path === null ? STDOUT : open(options.path);
  }

  write(line: Uint8Array): void {
    const size = line.length + 1;
    if (size > this.#batch.bytes.length - this.#batch.used && !this.#makeRoom(size)) return;
    const batch = this.#batch;
    batch.bytes.set(line, batch.used);
    batch.used += line.length;
    batch.bytes[batch.used++] = LINE_FEED;
    this.#timer ??= setTimeout(this.#onTimer, FLUSH_AFTER_MS);
  }

  flush(): Promise<void> {
    this.#queueBatch(0);
    if (!this.#writing) return Promise.resolve();
    return new Promise((resolve) => this.#flushed.push(resolve));
  }

  /** Opens the file anew (after a rotation); keeps the old one when that fails, and throws. */
  reopen(): void {
    const { path } = this.#options;
    if (path === null) return;
    const fresh = open(path);
    const old = this.#descriptor;
    this.#descriptor = fresh;
    this.#torn = false;
    // A write under way still uses the old descriptor.
    void this.flush().then(() => closeSync(old));
  }

  /** What comes while a write is under way waits in its batch, however long that takes. */
  readonly #onTimer = (): void => {
    this.#timer = null;
    if (!this.#writing) this.#queueBatch(0);
  };

  /** Begins a batch that has room for a line; false where the line is lost. */
  #makeRoom(size: number): boolean {
    if (this.#waitingBytes + size > MAX_WAITING_BYTES) {
      this.#lost += 1;
      this.#reportLost(undefined);
      return false;
    }
    this.#queueBatch(size);
    return true;
  }

  #queueBatch(room: number): void {
    const batch = this.#batch;
    if (batch.used > 1) {
      this.#waiting.push(batch);
      this.#waitingBytes += batch.bytes.length;
    }
    if (batch.used > 1 || room >= BATCH_BYTES) this.#batch = this.#takeBatch(room);
    this.#writeNext();
  }

  #takeBatch(room: number): Batch {
    // A line that is longer than a batch gets one of its own size.
    if (room >= BATCH_BYTES) return newBatch(room + 1);
    const batch = this.#spare ?? newBatch(BATCH_BYTES);
    this.#spare = null;
    return batch;
  }

  #writeNext(): void {
    const batch = this.#waiting[0];
    if (this.#writing || batch === undefined) return;
    this.#writing = true;
    this.#writeFrom(batch, this.#torn ? 0 : 1, this.#descriptor);
  }

  #writeFrom(batch: Batch, offset: number, descriptor: number): void {
    const span = { offset, length: batch.used - offset };
    this.#write(descriptor, batch.bytes, span, (error, written) => {
      if (error?.code === "EAGAIN") {
        setTimeout(() => this.#writeFrom(batch, offset, descriptor), RETRY_AFTER_MS);
      } else if (error === null && written < span.length) {
        this.#writeFrom(batch, offset + written, descriptor);
      } else {
        if (error !== null) this.#lost += linesIn(batch, offset);
        if (descriptor === this.#descriptor) this.#torn = error !== null && isTorn(batch, offset);
        this.#written(batch, error);
      }
    });
  }

  #written(batch: Batch, error: unknown): void {
    this.#writing = false;
    this.#waiting.shift();
    this.#waitingBytes -= batch.bytes.length;
    batch.used = 1;
    if (batch.bytes.length === BATCH_BYTES) this.#spare = batch;
    if (this.#lost > 0) this.#reportLost(error);
    const overdue = this.#timer === null && this.#batch.used > 1;
    if (this.#waiting.length === 0 && overdue) this.#queueBatch(0);
    else this.#writeNext();
    if (!this.#writing) this.#settleFlushes();
  }

  #settleFlushes(): void {
    const flushed = this.#flushed;
    this.#flushed = [];
    for (const resolve of flushed) resolve();
  }

  #reportLost(cause: unknown): void {
    const now = this.#options.clock.now();
    if (now - this.#reportedAt < REPORT_AFTER_MS) return;
    this.#reportedAt = now;
    this.#options.onLost(this.#lost, cause);
    this.#lost = 0;
  }
}

function newBatch(size: number): Batch {
  const bytes = Buffer.allocUnsafeSlow(size);
  bytes[0] = LINE_FEED;
  return { bytes, used: 1 };
}

function open(path: string): number {
  return openSync(path, "a", 0o640);
}

const systemWrite: WriteCall = (descriptor, bytes, { offset, length }, done) =>
  writeToDescriptor(descriptor, bytes, offset, length, null, done);

/** Whether the bytes before `offset` end inside a line; the first byte of a batch is no line's. */
function isTorn({ bytes }: Batch, offset: number): boolean {
  return offset > 1 ? bytes[offset - 1] !== LINE_FEED : offset === 0;
}

function linesIn({ bytes, used }: Batch, offset: number): number {
  let lines = 0;
  for (let i = Math.max(offset, 1); i < used; i++) if (bytes[i] === LINE_FEED) lines += 1;
  return lines;
}
