import type { BodyStream, HeaderList } from "../../../ports/exchange.ts";
import type { ProxError } from "../../../ports/failure.ts";

/** Where the bytes of a body come from, as long as there are any to come. */
export interface BodySource {
  /** A reader waits for bytes. */
  bodyAwaited(): void;
  /** Nobody wants the rest. */
  bodyCancelled(): void;
}

/** The body of an answer: holds what came until it is read. */
export class ResponseBody implements BodyStream {
  readonly length: number | undefined;
  consumed = false;
  trailers: HeaderList = [];
  /** Bytes that came and were not read yet. */
  queued = 0;
  readonly #ownChunks: boolean;
  /** Null once nothing more will come. */
  #source: BodySource | null;
  #chunks: Uint8Array[] = [];
  #error: ProxError | null = null;
  #resolve: ((chunk: Uint8Array | null) => void) | null = null;
  #reject: ((error: ProxError) => void) | null = null;

  /** `ownChunks`: no two chunks are parts of the same buffer. */
  constructor(
    length: number | undefined,
    source: BodySource,
    { ownChunks }: { readonly ownChunks: boolean },
  ) {
    this.length = length;
    this.#source = source;
    this.#ownChunks = ownChunks;
  }

  /** Frees the chunk: the socket's next one then lands in memory that is still in the cache. */
  release(chunk: Uint8Array): void {
    if (this.#ownChunks && chunk.buffer instanceof ArrayBuffer) chunk.buffer.transfer(0);
  }

  /** Whether a reader waits. */
  get awaited(): boolean {
    return this.#resolve !== null;
  }

  read(): Uint8Array | null | Promise<Uint8Array | null> {
    this.consumed = true;
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) {
      this.queued -= chunk.length;
      return chunk;
    }
    if (this.#error !== null) throw this.#error;
    if (this.#source === null) return null;
    const promise = new Promise<Uint8Array | null>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#source.bodyAwaited();
    return promise;
  }

  cancel(): void {
    const source = this.#source;
    this.#source = null;
    this.#chunks = [];
    this.queued = 0;
    this.#settle(null);
    source?.bodyCancelled();
  }

  /** Takes a chunk from the source. */
  deliver(chunk: Uint8Array): void {
    if (this.#resolve !== null) {
      this.#settle(chunk);
      return;
    }
    this.#chunks.push(chunk);
    this.queued += chunk.length;
  }

  /** The body is complete. */
  finish(trailers: HeaderList): void {
    this.#source = null;
    this.trailers = trailers;
    this.#settle(null);
  }

  /** The body breaks off: what came can still be read, then it fails. */
  fail(error: ProxError): void {
    this.#source = null;
    this.#error = error;
    const reject = this.#reject;
    this.#resolve = null;
    this.#reject = null;
    reject?.(error);
  }

  #settle(chunk: Uint8Array | null): void {
    const resolve = this.#resolve;
    this.#resolve = null;
    this.#reject = null;
    resolve?.(chunk);
  }
}
