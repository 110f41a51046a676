import { type HeadFault, type HeadLimits, REFUSED, type RequestHead } from "./message.ts";

/**
 * Reads request heads, one after the other, from bytes that may come in any pieces
 * (RFC 9112, 2 to 7). Reused for all messages of a connection.
 */
export class RequestHeadParser {
  readonly #limits: HeadLimits;

  constructor(limits: HeadLimits) {
    this.#limits = limits;
  }

  /**
   * Reads from `start`. Returns the offset just after the head, NEED_MORE or REFUSED. After
   * NEED_MORE, call it again with a buffer that holds the same bytes from `start` on, and more;
   * `start` itself may differ.
   */
  parse(_bytes: Buffer, _start: number): number {
    return REFUSED;
  }

  /** The head; valid after success, a fresh object each time. */
  get head(): RequestHead {
    throw new Error(`no head${this.#limits.maxHeaderCount}`);
  }

  /** Why the head was refused; valid after REFUSED. */
  get fault(): HeadFault {
    return { reason: "malformed_request", detail: "not there yet" };
  }

  /** What could be read of the method before a refusal, for the log; empty where nothing was. */
  get method(): string {
    return "";
  }

  /** What could be read of the target before a refusal, for the log; empty where nothing was. */
  get target(): string {
    return "";
  }

  /** Forgets an unfinished or refused head. */
  reset(): void {}
}
