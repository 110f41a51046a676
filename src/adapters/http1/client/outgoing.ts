import type { ByteStream } from "../../../ports/byte-stream.ts";

/** Up to this size, parts are joined: a copy is cheaper than a second system call. */
const SCRATCH_BYTES = 80 * 1024;

/** Bun's Buffers have it, its types do not: half the cost of `write(text, offset, "latin1")`. */
type Latin1Buffer = Buffer & { latin1Write(text: string, offset: number): number };

/** Shared by all connections of the thread: nothing stays in it after a write. */
const scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES) as Latin1Buffer;

/** The writing side of a stream: joins small parts, keeps what the kernel did not take. */
export class Outgoing {
  /** Whether any byte was handed to the kernel since it was last set to false. */
  sent = false;
  /** Whether the stream can no longer be written. */
  broken = false;
  readonly #stream: ByteStream;
  /** What the kernel did not take, in order. */
  #rest: Uint8Array[] = [];

  constructor(stream: ByteStream) {
    this.#stream = stream;
  }

  /** Whether bytes wait for `flush`. */
  get stalled(): boolean {
    return this.#rest.length > 0 && !this.broken;
  }

  /** Writes text, bytes and text, all Latin-1, in one system call where they are small. */
  write(before: string, bytes: Uint8Array | null, after: string): void {
    const middle = bytes === null ? 0 : bytes.length;
    const size = before.length + middle + after.length;
    if (size > SCRATCH_BYTES || this.#rest.length > 0) {
      this.#writeApart(before, bytes, after);
      return;
    }
    let end = scratch.latin1Write(before, 0);
    if (bytes !== null) {
      scratch.set(bytes, end);
      end += middle;
    }
    if (after !== "") end += scratch.latin1Write(after, end);
    const taken = this.#hand(scratch.subarray(0, end));
    if (taken < end && !this.broken) this.#rest.push(Buffer.from(scratch.subarray(taken, end)));
  }

  /** Writes bytes that may be kept until they are sent. */
  writeBytes(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#rest.push(bytes);
    if (this.#rest.length === 1) this.flush();
  }

  /** Goes on with what is left. Returns whether any of it could be sent. */
  flush(): boolean {
    let moved = false;
    for (let first = this.#rest[0]; first !== undefined && !this.broken; first = this.#rest[0]) {
      const taken = this.#hand(first);
      if (taken > 0) moved = true;
      if (taken < first.length) {
        this.#rest[0] = first.subarray(taken);
        break;
      }
      this.#rest.shift();
    }
    return moved;
  }

  /** Forgets what is left. */
  drop(): void {
    this.#rest = [];
  }

  /** Returns the number of bytes taken, 0 where the stream is broken. */
  #hand(bytes: Uint8Array): number {
    const taken = this.#stream.write(bytes);
    if (taken < 0) {
      this.broken = true;
      this.#rest = [];
      return 0;
    }
    if (taken > 0) this.sent = true;
    return taken;
  }

  #writeApart(before: string, bytes: Uint8Array | null, after: string): void {
    if (before !== "") this.writeBytes(Buffer.from(before, "latin1"));
    if (bytes !== null) this.writeBytes(bytes);
    if (after !== "") this.writeBytes(Buffer.from(after, "latin1"));
  }
}
