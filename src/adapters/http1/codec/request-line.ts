import { byteSet, TOKEN_BYTES } from "../../../utils/http-grammar.ts";
import { type HeadFault, NEED_MORE, REFUSED } from "./message.ts";

const LF = 0x0a;
const CR = 0x0d;
const SP = 0x20;
const ZERO = 0x30;
const NINE = 0x39;
const QUESTION = 0x3f;

const MAX_METHOD_BYTES = 32;
/** RFC 9112, 2.2 asks for at least one; old clients send one after a body. */
const MAX_EMPTY_LINES = 4;

/**
 * Bytes of a path: pchar and `/` of RFC 3986, 3.3, and of what it does not allow those that
 * clients send raw (`[`, `]`, `|`, `^`, braces, backtick) and that mean nothing to anybody.
 * Never: controls, space, `"`, `<`, `>`, `#`, `\` (a slash to some), bytes from 0x80 on.
 */
const PATH_BYTES = byteSet("-._~!$&'()*+,;=:@/%[]|^{}`", [
  ["0", "9"],
  ["A", "Z"],
  ["a", "z"],
]);
/** A query may also have `?` and, as browsers send it, `\`. */
const QUERY_BYTES = PATH_BYTES.slice();
QUERY_BYTES[QUESTION] = 1;
QUERY_BYTES["\\".charCodeAt(0)] = 1;

const LINE_END = Buffer.from("HTTP/1.1\r\n", "latin1");
const MAJOR = 5;
const MINOR = 7;

const IN_METHOD = 0;
const IN_TARGET = 1;
const IN_VERSION = 2;

/** The request line (RFC 9112, 3), scanned byte by byte once, in any pieces. Offsets are from the start of the message. */
export class RequestLine {
  methodStart = 0;
  methodEnd = 0;
  targetEnd = 0;
  minorVersion = 1;
  /** Why the line was refused, after REFUSED. */
  fault: HeadFault = malformed("");
  readonly #maxTarget: number;
  #stage = IN_METHOD;
  #emptyLines = 0;
  #at = 0;
  #inQuery = false;

  constructor(maxTarget: number) {
    this.#maxTarget = maxTarget;
  }

  reset(): void {
    this.methodStart = 0;
    this.methodEnd = 0;
    this.targetEnd = 0;
    this.#stage = IN_METHOD;
    this.#emptyLines = 0;
    this.#at = 0;
    this.#inQuery = false;
  }

  get targetStart(): number {
    return this.methodEnd + 1;
  }

  /** Scans on; returns the offset just after the line, NEED_MORE or REFUSED. */
  scan(bytes: Uint8Array, start: number): number {
    if (this.#stage === IN_METHOD) {
      const result = this.#scanMethod(bytes, start);
      if (result < 0) return result;
    }
    if (this.#stage === IN_TARGET) {
      const result = this.#scanTarget(bytes, start);
      if (result < 0) return result;
    }
    return this.#scanVersion(bytes, start);
  }

  #scanMethod(bytes: Uint8Array, start: number): number {
    const end = bytes.length;
    let at = start + this.#at;
    if (at === start + this.methodStart && bytes[at] === CR) {
      at = this.#skipEmptyLines(bytes, start);
      if (at < 0) return at;
    }
    while (at < end && TOKEN_BYTES[bytes[at] ?? 0] === 1) at++;
    this.#at = at - start;
    const length = this.#at - this.methodStart;
    if (length > MAX_METHOD_BYTES) return this.#refuse(METHOD_TOO_LONG);
    if (at === end) return NEED_MORE;
    if (bytes[at] !== SP || length === 0) return this.#refuse(BAD_METHOD);
    this.methodEnd = this.#at;
    this.#at++;
    this.#stage = IN_TARGET;
    return at;
  }

  /** Moves `methodStart` behind empty lines; returns the offset there, NEED_MORE or REFUSED. */
  #skipEmptyLines(bytes: Uint8Array, start: number): number {
    let at = start + this.methodStart;
    while (bytes[at] === CR) {
      if (this.#emptyLines === MAX_EMPTY_LINES) return this.#refuse(EMPTY_LINES);
      if (at + 1 === bytes.length) return NEED_MORE;
      if (bytes[at + 1] !== LF) return this.#refuse(BARE_CR);
      at += 2;
      this.#emptyLines++;
      this.methodStart = at - start;
      this.#at = this.methodStart;
    }
    return at;
  }

  #scanTarget(bytes: Uint8Array, start: number): number {
    const end = bytes.length;
    let at = start + this.#at;
    if (!this.#inQuery) {
      while (at < end && PATH_BYTES[bytes[at] ?? 0] === 1) at++;
      this.#inQuery = bytes[at] === QUESTION;
    }
    if (this.#inQuery) while (at < end && QUERY_BYTES[bytes[at] ?? 0] === 1) at++;
    this.#at = at - start;
    const length = this.#at - this.targetStart;
    if (length > this.#maxTarget) return this.#refuse(TARGET_TOO_LONG);
    if (at === end) return NEED_MORE;
    if (bytes[at] !== SP || length === 0) return this.#refuseTarget(bytes, at, length);
    this.targetEnd = this.#at;
    this.#at++;
    this.#stage = IN_VERSION;
    return at;
  }

  #refuseTarget(bytes: Uint8Array, at: number, length: number): number {
    if (length === 0) return this.#refuse(NO_TARGET);
    if (bytes[at] !== CR) return this.#refuse(bytes[at] === LF ? BARE_LF : BAD_TARGET);
    // Whether the CR is a bare one, or a line of HTTP/0.9 ends here, the next byte tells.
    if (at + 1 === bytes.length) return NEED_MORE;
    return this.#refuse(bytes[at + 1] === LF ? NO_VERSION : BARE_CR);
  }

  #scanVersion(bytes: Uint8Array, start: number): number {
    const from = start + this.#at;
    for (let i = 0; i < LINE_END.length; i++) {
      const byte = bytes[from + i];
      if (byte === LINE_END[i]) continue;
      if (byte === undefined) return NEED_MORE;
      if (i !== MINOR || byte !== ZERO) return this.#refuse(versionFault(byte, i));
    }
    this.minorVersion = bytes[from + MINOR] === ZERO ? 0 : 1;
    return from + LINE_END.length;
  }

  #refuse(fault: HeadFault): number {
    this.fault = fault;
    return REFUSED;
  }
}

const BARE_CR = malformed("bare CR (RFC 9112, 2.2)");
const BARE_LF = malformed("bare LF (RFC 9112, 2.2)");
const EMPTY_LINES = malformed("too many empty lines (RFC 9112, 2.2)");
const BAD_METHOD = malformed("method that is no token (RFC 9110, 9.1)");
const METHOD_TOO_LONG = malformed("method too long");
const NO_TARGET = malformed("no target (RFC 9112, 3)");
const BAD_TARGET = malformed("byte that no target has (RFC 3986, 3)");
const BAD_VERSION = malformed("no HTTP version where one must be (RFC 9112, 2.3)");
const BAD_LINE_END = malformed("bytes behind the HTTP version (RFC 9112, 3)");
const OTHER_VERSION = unsupported("neither HTTP/1.0 nor HTTP/1.1 (RFC 9110, 2.5)");
const NO_VERSION = unsupported("request line without a version (RFC 9112, 3)");
const TARGET_TOO_LONG: HeadFault = { reason: "uri_too_long", detail: "target too long" };

function versionFault(byte: number, index: number): HeadFault {
  const digit = byte >= ZERO && byte <= NINE;
  if (digit && (index === MAJOR || index === MINOR)) return OTHER_VERSION;
  if (index <= MINOR) return BAD_VERSION;
  return byte === LF ? BARE_LF : BAD_LINE_END;
}

function malformed(detail: string): HeadFault {
  return { reason: "malformed_request", detail };
}

function unsupported(detail: string): HeadFault {
  return { reason: "unsupported_http_version", detail };
}
