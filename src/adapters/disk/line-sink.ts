import { closeSync, openSync, write } from "node:fs";
import type { LineSink } from "../../ports/logger.ts";

/** Lines wait at most this long for company. */
const FLUSH_AFTER_MS = 250;
/** A batch this large (characters) is written at once. */
const BATCH_LENGTH = 64 * 1024;
/** Beyond this many waiting characters lines are dropped, so that a stuck reader costs no memory. */
const MAX_PENDING_LENGTH = 8 * 1024 * 1024;

const STDOUT = 1;

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
  #batch = "";
  #writing = false;
  #lost = 0;
  #timer: Timer | null = null;
  #idle: (() => void)[] = [];

  /**
   * @param path absolute path of the file; null = standard output
   * @throws the system's error when the file cannot be opened
   */
  constructor(path: string | null, onLost: LostLines) {
    this.#path = path;
    this.#onLost = onLost;
    this.#descriptor = path === null ? STDOUT : openSync(path, "a", 0o640);
  }

  write(line: string): void {
    if (this.#batch.length > MAX_PENDING_LENGTH) {
      this.#lost += 1;
      return;
    }
    this.#batch += line;
    this.#batch += "\n";
    if (this.#batch.length >= BATCH_LENGTH) this.#start();
    else this.#timer ??= setTimeout(this.#onTimer, FLUSH_AFTER_MS);
  }

  flush(): Promise<void> {
    this.#start();
    if (!this.#writing) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Opens the file anew (after a rotation); keeps the old one when that fails, and throws. */
  reopen(): void {
    if (this.#path === null) return;
    const fresh = openSync(this.#path, "a", 0o640);
    const old = this.#descriptor;
    this.#descriptor = fresh;
    // A write under way still uses the old descriptor.
    void this.flush().then(() => closeSync(old));
  }

  readonly #onTimer = (): void => {
    this.#timer = null;
    this.#start();
  };

  #start(): void {
    if (this.#writing || this.#batch === "") return;
    const bytes = Buffer.from(this.#batch, "utf8");
    this.#batch = "";
    this.#writing = true;
    this.#writeFrom(bytes, 0);
  }

  #writeFrom(bytes: Buffer, offset: number): void {
    write(this.#descriptor, bytes, offset, bytes.length - offset, null, (error, written) => {
      if (error?.code === "EAGAIN") {
        // A pipe whose reader is behind: try again soon, lines queue (bounded) meanwhile.
        setTimeout(() => this.#writeFrom(bytes, offset), 20).unref();
        return;
      }
      if (error !== null) {
        for (const byte of bytes) if (byte === 0x0a) this.#lost += 1;
        this.#finish(error);
        return;
      }
      if (offset + written < bytes.length) this.#writeFrom(bytes, offset + written);
      else this.#finish(null);
    });
  }

  #finish(cause: unknown): void {
    this.#writing = false;
    if (this.#lost > 0) {
      this.#onLost(this.#lost, cause);
      this.#lost = 0;
    }
    if (this.#batch !== "") {
      if (this.#idle.length > 0 || this.#batch.length >= BATCH_LENGTH) this.#start();
      else this.#timer ??= setTimeout(this.#onTimer, FLUSH_AFTER_MS);
      if (this.#writing) return;
    }
    const waiting = this.#idle;
    this.#idle = [];
    for (const resolve of waiting) resolve();
  }
}
