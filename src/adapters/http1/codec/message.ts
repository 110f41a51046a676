import type { HeaderList } from "../../../ports/exchange.ts";
import type { FailureReason } from "../../../ports/failure.ts";

/** Body length of a chunked message. */
export const CHUNKED = -1;
/** Body length of an answer that ends when its connection does. */
export const UNTIL_CLOSE = -2;

/** Parsing needs more bytes. */
export const NEED_MORE = -1;
/** Parsing failed: see the parser's `fault`. */
export const REFUSED = -2;

/** Bounds on a head; bytes of the target, of all field lines, and the number of fields. */
export interface HeadLimits {
  readonly maxUriBytes: number;
  readonly maxHeaderBytes: number;
  readonly maxHeaderCount: number;
}

/** Why a message was refused: a stable reason, and for the log the rule that it broke. */
export interface HeadFault {
  readonly reason: FailureReason;
  /** Short, fixed text with the RFC section; never bytes of the message. */
  readonly detail: string;
}

/** A request head that can be read in exactly one way. */
export interface RequestHead {
  readonly method: string;
  /** As sent. */
  readonly target: string;
  /** Path and query of the target, `/` where absolute form has no path; `*` for OPTIONS *. */
  readonly pathAndQuery: string;
  /** Validated `host[:port]`, lower case; empty only in HTTP/1.0 without Host. */
  readonly authority: string;
  /** 0 or 1: HTTP/1.0 or HTTP/1.1. */
  readonly minorVersion: number;
  readonly headers: HeaderList;
  /** Bytes (0 where there is no body), or CHUNKED. */
  readonly bodyLength: number;
  /** Whether the connection may be used again after the answer. */
  readonly keepAlive: boolean;
  /** `Expect: 100-continue` in HTTP/1.1 on a request that has a body. */
  readonly expectContinue: boolean;
}

/** A response head that can be read in exactly one way. */
export interface ResponseHead {
  readonly status: number;
  readonly minorVersion: number;
  readonly headers: HeaderList;
  /** Bytes, CHUNKED or UNTIL_CLOSE; 0 for answers that never have a body. */
  readonly bodyLength: number;
  readonly keepAlive: boolean;
}
