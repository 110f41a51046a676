import { isToken } from "../../../utils/http-grammar.ts";
import { CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING } from "./field-names.ts";
import type { FieldReader } from "./field-section.ts";
import { CHUNKED } from "./message.ts";

/** No field says how long the body is. */
export const NOT_FRAMED = -3;

/** 2^53 - 1 has 16 digits; more can not be counted exactly. */
const MAX_LENGTH_DIGITS = 16;
/** **Security:** leading zeros are refused too: to some they mean octal. */
const LENGTH = /^(?:0|[1-9][0-9]*)$/;

/**
 * What the fields of one head say about its body and its connection.
 * **Security:** every field that two recipients could read in different ways is a problem, also
 * where RFC 9112, 6.3 would allow to repair it (equal repeats of Content-Length, a Content-Length
 * beside Transfer-Encoding): those repairs are what request smuggling lives on.
 */
export class FramingFields implements FieldReader {
  /** First rule that a field broke; null where all is well. */
  problem: string | null = null;
  /** Bytes, CHUNKED or NOT_FRAMED. */
  bodyLength = NOT_FRAMED;
  #close = false;
  #keepAlive = false;

  /** Gets ready for the next head. */
  reset(): void {
    this.problem = null;
    this.bodyLength = NOT_FRAMED;
    this.#close = false;
    this.#keepAlive = false;
  }

  note(kind: number, value: string): void {
    if (kind === CONNECTION) this.#noteConnection(value);
    else if (kind === CONTENT_LENGTH) this.#noteContentLength(value);
    else if (kind === TRANSFER_ENCODING) this.#noteTransferEncoding(value);
  }

  /** Whether the connection may carry another message (RFC 9112, 9.3). */
  persists(minorVersion: number): boolean {
    return !this.#close && (minorVersion === 1 || this.#keepAlive);
  }

  protected fail(detail: string): void {
    this.problem ??= detail;
  }

  #noteContentLength(value: string): void {
    if (this.bodyLength !== NOT_FRAMED) {
      this.fail(
        this.bodyLength === CHUNKED
          ? "Content-Length beside Transfer-Encoding (RFC 9112, 6.3)"
          : "Content-Length repeated (RFC 9112, 6.3)",
      );
      return;
    }
    const length = parseLength(value);
    if (length < 0) this.fail("Content-Length that is no plain number (RFC 9110, 8.6)");
    else this.bodyLength = length;
  }

  #noteTransferEncoding(value: string): void {
    if (this.bodyLength !== NOT_FRAMED) {
      this.fail(
        this.bodyLength === CHUNKED
          ? "Transfer-Encoding repeated (RFC 9112, 6.1)"
          : "Transfer-Encoding beside Content-Length (RFC 9112, 6.3)",
      );
      return;
    }
    if (value.length !== 7 || value.toLowerCase() !== "chunked") {
      this.fail("Transfer-Encoding other than chunked (RFC 9112, 6.1)");
      return;
    }
    this.bodyLength = CHUNKED;
  }

  /** An option that is no token is not understood: the connection then ends with this message. */
  #noteConnection(value: string): void {
    // By far the most common value.
    if (value === "keep-alive") {
      this.#keepAlive = true;
      return;
    }
    if (isToken(value)) {
      this.#noteOption(value);
      return;
    }
    for (const part of value.split(",")) this.#noteOption(part.trim());
  }

  #noteOption(raw: string): void {
    const option = raw.toLowerCase();
    if (option === "keep-alive") this.#keepAlive = true;
    else if (option === "close" || (option !== "" && !isToken(option))) this.#close = true;
  }
}

/** Reads a Content-Length: plain decimal, at most 2^53 - 1. -1 for anything else. */
function parseLength(value: string): number {
  if (value.length > MAX_LENGTH_DIGITS || !LENGTH.test(value)) return -1;
  const length = Number(value);
  return Number.isSafeInteger(length) ? length : -1;
}
