import type { HeaderList } from "../../../ports/exchange.ts";
import { ChunkLine } from "./chunk-line.ts";
import { type HeadFault, NEED_MORE, REFUSED } from "./message.ts";
import { type TrailerLimits, TrailerSection } from "./trailer-section.ts";

const LF = 0x0a;
const CR = 0x0d;

const IN_LINE = 0;
const IN_PAYLOAD = 1;
const IN_CR = 2;
const IN_LF = 3;
const IN_TRAILERS = 4;
const AT_END = 5;

/**
 * Takes chunked bodies apart (RFC 9112, 7.1), resumable at any byte, without copying payload.
 * Reused for all messages of a connection after `reset`.
 */
export class ChunkedDecoder {
  /** Payload found by the last call, a view of its input; null where it found none. */
  chunk: Buffer | null = null;
  /** True once the last CRLF of the body has been consumed. */
  done = false;
  /** Why the body was refused, after REFUSED (reasons as for a request). */
  fault: HeadFault | null = null;
  readonly #line = new ChunkLine();
  readonly #trailers: TrailerSection;
  #stage = IN_LINE;
  /** Bytes left of the chunk. */
  #left = 0;

  constructor(limits: TrailerLimits) {
    this.#trailers = new TrailerSection(limits);
  }

  /** Fields after the body; complete once `done`. A fresh list for each message. */
  get trailers(): HeaderList {
    return this.#trailers.fields;
  }

  /**
   * Consumes `bytes` from `offset` and returns the new offset, or REFUSED. It returns after each
   * run of payload with `chunk` set, at the end with `done`, or with all bytes consumed.
   * Bytes behind the end are not touched.
   */
  decode(bytes: Buffer, offset: number): number {
    this.chunk = null;
    let at = offset;
    while (at < bytes.length && this.#stage !== AT_END) {
      if (this.#stage === IN_PAYLOAD) return this.#takePayload(bytes, at);
      at = this.#step(bytes, at);
      if (at === NEED_MORE) return bytes.length;
      if (at === REFUSED) return REFUSED;
    }
    return at;
  }

  /** Gets ready for the next message. */
  reset(): void {
    this.chunk = null;
    this.done = false;
    this.fault = null;
    this.#line.reset();
    this.#trailers.reset();
    this.#stage = IN_LINE;
    this.#left = 0;
  }

  #step(bytes: Buffer, at: number): number {
    switch (this.#stage) {
      case IN_LINE:
        return this.#takeLine(bytes, at);
      case IN_CR:
        return this.#expect(bytes[at], CR, IN_LF, at);
      case IN_LF:
        return this.#expect(bytes[at], LF, IN_LINE, at);
      default:
        return this.#takeTrailers(bytes, at);
    }
  }

  #takeLine(bytes: Buffer, offset: number): number {
    const at = this.#line.scan(bytes, offset);
    if (at === REFUSED) return this.#refuse(this.#line.detail);
    if (at === NEED_MORE) return NEED_MORE;
    this.#left = this.#line.size;
    this.#stage = this.#left === 0 ? IN_TRAILERS : IN_PAYLOAD;
    this.#line.reset();
    return at;
  }

  #takePayload(bytes: Buffer, offset: number): number {
    const end = Math.min(offset + this.#left, bytes.length);
    this.chunk = bytes.subarray(offset, end);
    this.#left -= end - offset;
    if (this.#left === 0) this.#stage = IN_CR;
    return end;
  }

  #expect(byte: number | undefined, expected: number, next: number, at: number): number {
    if (byte !== expected) return this.#refuse("chunk longer than its size (RFC 9112, 7.1)");
    this.#stage = next;
    return at + 1;
  }

  #takeTrailers(bytes: Buffer, offset: number): number {
    const at = this.#trailers.scan(bytes, offset);
    if (at === NEED_MORE) return NEED_MORE;
    if (at === REFUSED) {
      this.fault = this.#trailers.fault;
      return REFUSED;
    }
    this.#stage = AT_END;
    this.done = true;
    return at;
  }

  #refuse(detail: string): number {
    this.fault = { reason: "malformed_request", detail };
    return REFUSED;
  }
}

export const CRLF = "\r\n";

/** Builds the line before a chunk of `length` bytes (more than 0: a zero would end the body). */
export function chunkHeader(length: number): string {
  return `${length.toString(16)}\r\n`;
}

/** Builds what ends a chunked body: the last chunk, trailers, the final empty line. */
export function lastChunk(trailers: HeaderList): string {
  let text = "0\r\n";
  for (let i = 0; i < trailers.length; i += 2) text += `${trailers[i]}: ${trailers[i + 1]}\r\n`;
  return `${text}\r\n`;
}
