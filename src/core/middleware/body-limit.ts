import type { Body, BodyStream, HeaderList } from "../../ports/exchange.ts";
import { ProxError } from "../../ports/failure.ts";

/**
 * Refuses a request body that is longer than `limit` bytes: at once where its length is declared,
 * else when the byte too many arrives.
 * @throws ProxError `body_too_large`
 */
export function limitBody(body: Body, limit: number): Body {
  if (body === null || limit === 0) return body;
  if (!(body instanceof Uint8Array) && body.length === undefined) {
    return new LimitedBody(body, limit);
  }
  if ((body.length ?? 0) > limit) throw tooLarge();
  return body;
}

/** Counts what passes; nothing is copied. */
class LimitedBody implements BodyStream {
  readonly length = undefined;
  readonly #source: BodyStream;
  #left: number;

  constructor(source: BodyStream, limit: number) {
    this.#source = source;
    this.#left = limit;
  }

  get consumed(): boolean {
    return this.#source.consumed;
  }

  get trailers(): HeaderList {
    return this.#source.trailers;
  }

  read(): Uint8Array | null | Promise<Uint8Array | null> {
    const chunk = this.#source.read();
    return chunk instanceof Promise
      ? chunk.then((later) => this.#count(later))
      : this.#count(chunk);
  }

  release(chunk: Uint8Array): void {
    this.#source.release?.(chunk);
  }

  cancel(): void {
    this.#source.cancel();
  }

  #count(chunk: Uint8Array | null): Uint8Array | null {
    if (chunk === null) return null;
    this.#left -= chunk.length;
    if (this.#left >= 0) return chunk;
    this.#source.cancel();
    throw tooLarge();
  }
}

function tooLarge(): ProxError {
  return new ProxError("body_too_large", "downstream");
}
