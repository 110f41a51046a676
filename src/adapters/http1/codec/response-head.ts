import { FieldSection } from "./field-section.ts";
import { FramingFields, NOT_FRAMED } from "./framing.ts";
import {
  CHUNKED,
  type HeadFault,
  type HeadLimits,
  REFUSED,
  type ResponseHead,
  UNTIL_CLOSE,
} from "./message.ts";
import { StatusLine } from "./status-line.ts";

/**
 * Reads response heads, interim ones included, from bytes that may come in any pieces
 * (RFC 9112, 4 to 7). Reused for all messages of a connection.
 */
export class ResponseHeadParser {
  readonly #line = new StatusLine();
  readonly #section: FieldSection;
  readonly #fields = new FramingFields();
  #inFields = false;
  #head: ResponseHead = NOTHING;
  #fault: HeadFault = UNREADABLE;

  constructor(limits: HeadLimits) {
    this.#section = new FieldSection(limits.maxHeaderBytes, limits.maxHeaderCount);
  }

  /**
   * Reads from `start`; `requestMethod` decides whether there is a body. Returns the offset just
   * after the head, NEED_MORE or REFUSED. After NEED_MORE, call it again with a buffer that holds
   * the same bytes from `start` on, and more; `start` itself may differ. After success or REFUSED
   * it stands before a new head.
   */
  parse(bytes: Buffer, start: number, requestMethod: string): number {
    if (!this.#inFields) {
      const lineEnd = this.#line.scan(bytes, start);
      if (lineEnd === REFUSED) return this.#refuse(this.#line.detail);
      if (lineEnd < 0) return lineEnd;
      this.#section.begin(lineEnd - start);
      this.#inFields = true;
    }
    const end = this.#section.scan(bytes, start);
    if (end === REFUSED) return this.#refuse(this.#section.detail);
    if (end < 0) return end;
    const problem = this.#read(bytes, start, end, requestMethod);
    if (problem !== null) return this.#refuse(problem);
    this.reset();
    return end;
  }

  /** The head; valid after success, a fresh object each time. Its strings are views of the whole head. */
  get head(): ResponseHead {
    return this.#head;
  }

  /** Why the head was refused, always `upstream_malformed_response`; valid after REFUSED. */
  get fault(): HeadFault {
    return this.#fault;
  }

  /** Forgets an unfinished or refused head. */
  reset(): void {
    this.#line.reset();
    this.#inFields = false;
  }

  #read(bytes: Buffer, start: number, end: number, requestMethod: string): string | null {
    const { status, minorVersion } = this.#line;
    const fields = this.#fields;
    fields.reset();
    const text = bytes.toString("latin1", start, end);
    const headers = this.#section.read(bytes, start, text, fields);
    if (fields.problem !== null) return fields.problem;
    const declared = fields.bodyLength;
    if (declared === CHUNKED && minorVersion === 0) {
      return "Transfer-Encoding in HTTP/1.0 (RFC 9112, 6.1)";
    }
    const announced = declared === CHUNKED || declared > 0;
    // RFC 9110, 8.6 and RFC 9112, 6.1 forbid it: what follows might be a body or the final answer.
    if (status < 200 && announced) return "interim answer that announces a body (RFC 9112, 6.3)";
    const bodyLength = lengthOf(status, requestMethod, declared);
    // A 204 that announces a body has none (RFC 9112, 6.3), but its sender may think otherwise and
    // send one: nothing behind it is taken for the next answer.
    const stray = status === 204 && announced;
    this.#head = {
      status,
      minorVersion,
      headers,
      bodyLength,
      keepAlive: bodyLength !== UNTIL_CLOSE && !stray && fields.persists(minorVersion),
    };
    return null;
  }

  #refuse(detail: string): number {
    this.#fault = { reason: "upstream_malformed_response", detail };
    this.reset();
    return REFUSED;
  }
}

/** Decides the length of the body, in the order of RFC 9112, 6.3. */
function lengthOf(status: number, requestMethod: string, declared: number): number {
  if (requestMethod === "HEAD" || status < 200 || status === 204 || status === 304) return 0;
  return declared === NOT_FRAMED ? UNTIL_CLOSE : declared;
}

const NOTHING: ResponseHead = {
  status: 0,
  minorVersion: 1,
  headers: [],
  bodyLength: 0,
  keepAlive: false,
};

const UNREADABLE: HeadFault = {
  reason: "upstream_malformed_response",
  detail: "unreadable head",
};
