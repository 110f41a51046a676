import type { HeaderList } from "../../../ports/exchange.ts";
import { FieldSection } from "./field-section.ts";
import { type HeadFault, NEED_MORE, REFUSED } from "./message.ts";

/** Bounds on the trailer section: bytes of its lines, and number of fields. */
export interface TrailerLimits {
  readonly maxTrailerBytes: number;
  readonly maxTrailerCount: number;
}

/**
 * Fields that must be known before the body or concern one connection (RFC 9110, 6.5.1), and
 * those by which proxies say who the client is. **Security:** a recipient that merges trailers
 * into its headers would let them replace what was checked.
 */
const FORBIDDEN = new Set(
  (
    "content-length transfer-encoding host connection keep-alive proxy-connection upgrade te " +
    "trailer authorization proxy-authorization proxy-authenticate www-authenticate cookie " +
    "set-cookie cache-control expect max-forwards pragma range if-match if-none-match " +
    "if-modified-since if-unmodified-since if-range content-encoding content-type content-range " +
    "age date expires location retry-after vary forwarded x-real-ip x-request-id"
  ).split(" "),
);

/** Fields behind a chunked body. Unlike a head, it keeps bytes of its own until it is complete. */
export class TrailerSection {
  fields: HeaderList = [];
  /** After REFUSED. */
  fault: HeadFault | null = null;
  readonly #section: FieldSection;
  readonly #maxBytes: number;
  /** Unfinished section; null before its first byte. */
  #held: Buffer | null = null;

  constructor(limits: TrailerLimits) {
    this.#section = new FieldSection(limits.maxTrailerBytes, limits.maxTrailerCount);
    this.#maxBytes = limits.maxTrailerBytes;
    this.reset();
  }

  reset(): void {
    this.fields = [];
    this.fault = null;
    this.#held = null;
    this.#section.begin(0);
  }

  /** Consumes from `offset`; returns the offset just after the empty line, NEED_MORE (all consumed) or REFUSED. */
  scan(bytes: Buffer, offset: number): number {
    const held = this.#held;
    if (held === null) return this.#scanFrom(bytes, offset, 0);
    // Never copies more than the limit allows to be looked at, and the empty line.
    const room = Math.max(this.#maxBytes + 3 - held.length, 1);
    const joined = Buffer.concat([held, bytes.subarray(offset, offset + room)]);
    return this.#scanFrom(joined, 0, offset - held.length);
  }

  /** `shift` is what must be added to an offset in `bytes` to make it one of the caller's. */
  #scanFrom(bytes: Buffer, start: number, shift: number): number {
    const end = this.#section.scan(bytes, start);
    if (end === REFUSED) return this.#refuse(this.#section.detail, this.#section.tooLarge);
    if (end === NEED_MORE) {
      this.#held = Buffer.from(bytes.subarray(start));
      return NEED_MORE;
    }
    if (end - start > 2) {
      const text = bytes.toString("latin1", start, end);
      this.fields = this.#section.read(bytes, start, text, null);
    }
    for (let i = 0; i < this.fields.length; i += 2) {
      if (isForbidden(this.fields[i] ?? "")) {
        return this.#refuse("field that must not be a trailer (RFC 9110, 6.5.1)", false);
      }
    }
    return end + shift;
  }

  #refuse(detail: string, tooLarge: boolean): number {
    this.fault = { reason: tooLarge ? "headers_too_large" : "malformed_request", detail };
    this.fields = [];
    return REFUSED;
  }
}

/** CGI-like recipients read `_` and `.` as `-`: an alias is as good as the name. */
function isForbidden(name: string): boolean {
  if (FORBIDDEN.has(name) || name.startsWith("x-forwarded-")) return true;
  return (name.includes("_") || name.includes(".")) && isForbidden(name.replace(/[_.]/g, "-"));
}
