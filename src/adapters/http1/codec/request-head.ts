import type { HeaderList } from "../../../ports/exchange.ts";
import { parseAuthority } from "../../../utils/authority.ts";
import { EXPECT, HOST } from "./field-names.ts";
import { FieldSection } from "./field-section.ts";
import { FramingFields, NOT_FRAMED } from "./framing.ts";
import { CHUNKED, type HeadFault, type HeadLimits, REFUSED, type RequestHead } from "./message.ts";
import { RequestLine } from "./request-line.ts";
import { parseUnusualTarget } from "./request-target.ts";

const SLASH = 0x2f;

/**
 * Reads request heads, one after the other, from bytes that may come in any pieces
 * (RFC 9112, 2 to 7). Reused for all messages of a connection.
 */
export class RequestHeadParser {
  readonly #line: RequestLine;
  readonly #section: FieldSection;
  readonly #fields = new RequestFields();
  #inFields = false;
  #head: RequestHead = NOTHING;
  #fault: HeadFault | null = null;
  #method = "";
  #target = "";
  #headers: HeaderList = [];

  constructor(limits: HeadLimits) {
    this.#line = new RequestLine(limits.maxUriBytes);
    this.#section = new FieldSection(limits.maxHeaderBytes, limits.maxHeaderCount);
  }

  /**
   * Reads from `start`. Returns the offset just after the head, NEED_MORE or REFUSED. After
   * NEED_MORE, call it again with a buffer that holds the same bytes from `start` on, and more;
   * `start` itself may differ. After success or REFUSED it stands before a new head.
   */
  parse(bytes: Buffer, start: number): number {
    if (!this.#inFields) {
      const lineEnd = this.#line.scan(bytes, start);
      if (lineEnd === REFUSED) return this.#refuse(this.#line.fault, bytes, start);
      if (lineEnd < 0) return lineEnd;
      this.#section.begin(lineEnd - start);
      this.#inFields = true;
    }
    const end = this.#section.scan(bytes, start);
    if (end === REFUSED) return this.#refuse(sectionFault(this.#section), bytes, start);
    if (end < 0) return end;
    const fault = this.#read(bytes, start, end);
    if (fault !== null) return this.#refuse(fault, bytes, start);
    this.reset();
    return end;
  }

  /** The head; valid after success, a fresh object each time. Its strings are views of the whole head. */
  get head(): RequestHead {
    return this.#head;
  }

  /** Why the head was refused; valid after REFUSED. */
  get fault(): HeadFault {
    return this.#fault ?? UNREADABLE;
  }

  /** What could be read of the method before a refusal, for the log; empty where nothing was. */
  get method(): string {
    return this.#method;
  }

  /** What could be read of the target before a refusal, for the log; empty where nothing was. */
  get target(): string {
    return this.#target;
  }

  /** The complete field lines before a refusal, for the log and the form of the answer. */
  get headers(): HeaderList {
    return this.#headers;
  }

  /** Forgets an unfinished or refused head. */
  reset(): void {
    this.#line.reset();
    this.#inFields = false;
  }

  /** Makes the head from the text of a message whose bytes are all valid; returns what is wrong with it. */
  #read(bytes: Buffer, start: number, end: number): HeadFault | null {
    const text = bytes.toString("latin1", start, end);
    const line = this.#line;
    const fields = this.#fields;
    fields.reset();
    const method = text.substring(line.methodStart, line.methodEnd);
    const target = text.substring(line.targetStart, line.targetEnd);
    const headers = this.#section.read(bytes, start, text, fields);
    if (method === "CONNECT") return CONNECT;
    if (fields.problem !== null) return malformed(fields.problem);
    if (fields.host === null && line.minorVersion === 1) return NO_HOST;
    if (fields.bodyLength === CHUNKED && line.minorVersion === 0) return CHUNKED_IN_1_0;
    if (fields.unknownExpectation) return EXPECTATION;
    let authority = fields.host ?? "";
    let pathAndQuery = target;
    if (target.charCodeAt(0) !== SLASH) {
      const parts = parseUnusualTarget(method, target, authority);
      if (typeof parts === "string") return malformed(parts);
      authority = parts.authority;
      pathAndQuery = parts.pathAndQuery;
    }
    const bodyLength = fields.bodyLength === NOT_FRAMED ? 0 : fields.bodyLength;
    this.#head = {
      method,
      target,
      pathAndQuery,
      authority,
      minorVersion: line.minorVersion,
      headers,
      bodyLength,
      keepAlive: fields.persists(line.minorVersion),
      expectContinue: fields.expectContinue && line.minorVersion === 1 && bodyLength !== 0,
    };
    return null;
  }

  /** Keeps what could be read; the bytes are not valid any more when the caller asks for it. */
  #refuse(fault: HeadFault, bytes: Buffer, start: number): number {
    const line = this.#line;
    this.#fault = fault;
    this.#method = bytes.toString("latin1", start + line.methodStart, start + line.methodEnd);
    this.#target =
      line.targetEnd === 0
        ? ""
        : bytes.toString("latin1", start + line.targetStart, start + line.targetEnd);
    this.#headers = this.#inFields
      ? this.#section.read(bytes, start, bytes.toString("latin1", start), null)
      : [];
    this.reset();
    return REFUSED;
  }
}

/** Adds to the framing what only requests have. */
class RequestFields extends FramingFields {
  /** Validated Host in lower case; null where there is none. */
  host: string | null = null;
  expectContinue = false;
  unknownExpectation = false;

  override reset(): void {
    super.reset();
    this.host = null;
    this.expectContinue = false;
    this.unknownExpectation = false;
  }

  override note(kind: number, value: string): void {
    if (kind === HOST) this.#noteHost(value);
    else if (kind === EXPECT) this.#noteExpect(value);
    else super.note(kind, value);
  }

  #noteHost(value: string): void {
    if (this.host !== null) this.fail("Host repeated (RFC 9112, 3.2)");
    this.host = parseAuthority(value);
    if (this.host === null) this.fail("bad Host (RFC 9112, 3.2)");
  }

  #noteExpect(value: string): void {
    if (value.toLowerCase() === "100-continue") this.expectContinue = true;
    else this.unknownExpectation = true;
  }
}

const NOTHING: RequestHead = {
  method: "",
  target: "",
  pathAndQuery: "",
  authority: "",
  minorVersion: 1,
  headers: [],
  bodyLength: 0,
  keepAlive: false,
  expectContinue: false,
};

const UNREADABLE = malformed("unreadable head");
const NO_HOST = malformed("no Host (RFC 9112, 3.2)");
const CHUNKED_IN_1_0 = malformed("Transfer-Encoding in HTTP/1.0 (RFC 9112, 6.1)");
const CONNECT: HeadFault = { reason: "method_not_forwarded", detail: "CONNECT" };
const EXPECTATION: HeadFault = {
  reason: "expectation_failed",
  detail: "Expect other than 100-continue (RFC 9110, 10.1.1)",
};

function sectionFault(section: FieldSection): HeadFault {
  return section.tooLarge
    ? { reason: "headers_too_large", detail: section.detail }
    : malformed(section.detail);
}

function malformed(detail: string): HeadFault {
  return { reason: "malformed_request", detail };
}
