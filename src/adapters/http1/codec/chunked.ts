import type { HeaderList } from "../../../ports/exchange.ts";
import { type HeadFault, REFUSED } from "./message.ts";

/** Bounds on the trailer section: bytes of its lines, and number of fields. */
export interface TrailerLimits {
  readonly maxTrailerBytes: number;
  readonly maxTrailerCount: number;
}

/**
 * Takes chunked bodies apart (RFC 9112, 7.1), resumable at any byte, without copying payload.
 * Reused for all messages of a connection after `reset`.
 */
export class ChunkedDecoder {
  /** Payload found by the last call, a view of its input; null where it found none. */
  chunk: Buffer | null = null;
  /** True once the last CRLF of the body has been consumed. */
  done = false;
  /** Fields after the body; complete once `done`. A fresh list for each message. */
  trailers: HeaderList = [];
  /** Why the body was refused, after REFUSED. */
  fault: HeadFault | null = null;
  readonly #limits: TrailerLimits;

  constructor(limits: TrailerLimits) {
    this.#limits = limits;
  }

  /**
   * Consumes `bytes` from `offset` and returns the new offset, or REFUSED. It returns after each
   * run of payload with `chunk` set, at the end with `done`, or with all bytes consumed.
   * Bytes behind the end are not touched.
   */
  decode(_bytes: Buffer, _offset: number): number {
    return this.#limits.maxTrailerCount < 0 ? 0 : REFUSED;
  }

  /** Gets ready for the next message. */
  reset(): void {}
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
