import { type HeadFault, type HeadLimits, REFUSED, type ResponseHead } from "./message.ts";

/**
 * Reads response heads, interim ones included, from bytes that may come in any pieces
 * (RFC 9112, 4 to 7). Reused for all messages of a connection.
 */
export class ResponseHeadParser {
  readonly #limits: HeadLimits;

  constructor(limits: HeadLimits) {
    this.#limits = limits;
  }

  /**
   * Reads from `start`; `requestMethod` decides whether there is a body. Returns the offset just
   * after the head, NEED_MORE or REFUSED. After NEED_MORE, call it again with a buffer that holds
   * the same bytes from `start` on, and more; `start` itself may differ.
   */
  parse(_bytes: Buffer, _start: number, _requestMethod: string): number {
    return REFUSED;
  }

  /** The head; valid after success, a fresh object each time. */
  get head(): ResponseHead {
    throw new Error(`no head${this.#limits.maxHeaderCount}`);
  }

  /** Why the head was refused; valid after REFUSED. */
  get fault(): HeadFault {
    return { reason: "upstream_malformed_response", detail: "not there yet" };
  }

  /** Forgets an unfinished or refused head. */
  reset(): void {}
}
