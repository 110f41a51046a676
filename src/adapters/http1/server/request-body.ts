import type { BodyStream, HeaderList } from "../../../ports/exchange.ts";
import { ProxError } from "../../../ports/failure.ts";
import type { ChunkedDecoder } from "../codec/chunked.ts";
import { REFUSED } from "../codec/message.ts";

/** Bytes that may wait for a reader before the connection stops reading. */
const MOST_QUEUED = 64 * 1024;

/** The connection under a body: what the body asks of it. */
export interface BodySource {
  /** Somebody waits for the next bytes: they must be let in, within the deadline. */
  bodyAwaited(): void;
  /** The wait is over. */
  bodyArrived(): void;
  /** More waits than may: no further input, please, until `bodyAwaited` or `bodyDropped`. */
  bodyFull(): void;
  /** What still comes is thrown away. */
  bodyDropped(): void;
}

/** A request body as it comes in; the connection feeds it, one reader pulls it. */
export class RequestBody implements BodyStream {
  readonly length: number | undefined;
  consumed = false;
  trailers: HeaderList = [];
  /** The last byte of the body has come in. */
  complete = false;
  /** Nobody wants the rest. */
  cancelled = false;
  /** Bytes of payload that came in. */
  received = 0;
  #failure: ProxError | null = null;
  #queue: Uint8Array[] = [];
  #queued = 0;
  #resolve: ((chunk: Uint8Array | null) => void) | null = null;
  #reject: ((error: ProxError) => void) | null = null;
  readonly #source: BodySource;
  readonly #decoder: ChunkedDecoder | null;

  /** With a decoder the body is chunked, else it has `length` bytes (more than 0). */
  constructor(source: BodySource, length: number | undefined, decoder: ChunkedDecoder | null) {
    this.#source = source;
    this.length = length;
    this.#decoder = decoder;
  }

  get failed(): boolean {
    return this.#failure !== null;
  }

  /** Whether more bytes of it are to come from the connection. */
  get expected(): boolean {
    return !this.complete && this.#failure === null;
  }

  read(): Uint8Array | null | Promise<Uint8Array | null> {
    this.consumed = true;
    const chunk = this.#queue.shift();
    if (chunk !== undefined) {
      this.#queued -= chunk.length;
      return chunk;
    }
    if (this.#failure !== null) throw this.#failure;
    if (this.cancelled) throw new ProxError("client_closed", "downstream");
    if (this.complete) return null;
    const wait = new Promise<Uint8Array | null>(this.#keepWaiter);
    this.#source.bodyAwaited();
    return wait;
  }

  /** Frees a chunk that is all of its buffer: nothing else that came in can be part of that. */
  release(chunk: Uint8Array): void {
    const { buffer } = chunk;
    if (buffer instanceof ArrayBuffer && chunk.length === buffer.byteLength) buffer.transfer(0);
  }

  cancel(): void {
    if (this.cancelled) return;
    this.cancelled = true;
    this.#queue = [];
    this.#queued = 0;
    if (!this.expected) return;
    this.#rejectWaiter(new ProxError("client_closed", "downstream"));
    this.#source.bodyDropped();
  }

  /** Ends the body with an error, after what has already come in. */
  fail(error: ProxError): void {
    if (!this.expected) return;
    this.#failure = error;
    this.#rejectWaiter(error);
  }

  /** Takes what belongs to the body from `bytes` and returns the offset behind it. */
  feed(bytes: Buffer, offset: number): number {
    return this.#decoder === null
      ? this.#feedLength(bytes, offset, this.length ?? 0)
      : this.#feedChunked(bytes, offset, this.#decoder);
  }

  #feedLength(bytes: Buffer, offset: number, length: number): number {
    const end = Math.min(bytes.length, offset + length - this.received);
    const last = this.received + end - offset === length;
    if (last) this.complete = true;
    if (end > offset) this.#push(bytes.subarray(offset, end));
    return end;
  }

  #feedChunked(bytes: Buffer, start: number, decoder: ChunkedDecoder): number {
    let offset = start;
    while (offset < bytes.length && !this.complete) {
      offset = decoder.decode(bytes, offset);
      if (offset === REFUSED) {
        const cause = decoder.fault?.detail;
        this.fail(
          new ProxError(decoder.fault?.reason ?? "malformed_request", "downstream", { cause }),
        );
        return bytes.length;
      }
      if (decoder.done) {
        this.complete = true;
        this.trailers = decoder.trailers;
      }
      if (decoder.chunk !== null) this.#push(decoder.chunk);
    }
    if (this.complete && this.#resolve !== null) this.#resolveWaiter(null);
    return offset;
  }

  #push(chunk: Uint8Array): void {
    this.received += chunk.length;
    if (this.cancelled) return;
    if (this.#resolve !== null) {
      this.#resolveWaiter(chunk);
      return;
    }
    this.#queue.push(chunk);
    this.#queued += chunk.length;
    if (this.#queued > MOST_QUEUED && !this.complete) this.#source.bodyFull();
  }

  readonly #keepWaiter = (
    resolve: (chunk: Uint8Array | null) => void,
    reject: (error: ProxError) => void,
  ): void => {
    this.#resolve = resolve;
    this.#reject = reject;
  };

  #resolveWaiter(chunk: Uint8Array | null): void {
    const resolve = this.#resolve;
    this.#resolve = null;
    this.#reject = null;
    this.#source.bodyArrived();
    resolve?.(chunk);
  }

  #rejectWaiter(error: ProxError): void {
    const reject = this.#reject;
    this.#resolve = null;
    this.#reject = null;
    if (reject === null) return;
    this.#source.bodyArrived();
    reject(error);
  }
}
