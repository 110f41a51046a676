import { FIELD_VALUE_BYTES } from "../../../utils/http-grammar.ts";
import { NEED_MORE, REFUSED } from "./message.ts";

const LF = 0x0a;
const CR = 0x0d;
const SP = 0x20;
const ZERO = 0x30;
const ONE = 0x31;
const FIVE = 0x35;
const NINE = 0x39;

const VERSION = Buffer.from("HTTP/1.1 ", "latin1");
const MINOR = 7;
/** Length of `HTTP/1.1 200`. */
const CODE_END = VERSION.length + 3;

const BAD_VERSION = "no HTTP/1.0 or HTTP/1.1 status line (RFC 9112, 4)";
const BAD_CODE = "status that is no number from 100 to 599 (RFC 9110, 15)";

/** A reason phrase says nothing to a recipient, so there is no reason for a long one. */
const MAX_REASON_BYTES = 1024;

/** The status line (RFC 9112, 4), scanned byte by byte once, in any pieces. */
export class StatusLine {
  status = 0;
  minorVersion = 1;
  /** Which rule was broken, after REFUSED. */
  detail = "";
  /** From the start of the message. */
  #at = 0;

  reset(): void {
    this.#at = 0;
    this.status = 0;
  }

  /** Scans on; returns the offset just after the line, NEED_MORE or REFUSED. */
  scan(bytes: Uint8Array, start: number): number {
    if (this.#at < CODE_END) {
      const result = this.#scanCode(bytes, start);
      if (result < 0) return result;
    }
    return this.#scanReason(bytes, start);
  }

  #scanCode(bytes: Uint8Array, start: number): number {
    for (; this.#at < CODE_END; this.#at++) {
      const byte = bytes[start + this.#at];
      if (byte === undefined) return NEED_MORE;
      const detail = this.#at < VERSION.length ? this.#takeVersion(byte) : this.#takeDigit(byte);
      if (detail !== null) return this.#refuse(detail);
    }
    return CODE_END;
  }

  #takeVersion(byte: number): string | null {
    if (byte !== VERSION[this.#at] && !(this.#at === MINOR && byte === ZERO)) return BAD_VERSION;
    if (this.#at === MINOR) this.minorVersion = byte - ZERO;
    return null;
  }

  #takeDigit(byte: number): string | null {
    const first = this.#at === VERSION.length;
    if (byte < (first ? ONE : ZERO) || byte > (first ? FIVE : NINE)) return BAD_CODE;
    this.status = this.status * 10 + byte - ZERO;
    return null;
  }

  /** The space before an empty reason phrase may be missing: many servers leave it out. */
  #scanReason(bytes: Uint8Array, start: number): number {
    const end = bytes.length;
    let at = start + this.#at;
    if (this.#at === CODE_END && at < end && bytes[at] !== SP && bytes[at] !== CR) {
      return this.#refuse("status line that goes on after its code (RFC 9112, 4)");
    }
    while (at < end && FIELD_VALUE_BYTES[bytes[at] ?? 0] === 1) at++;
    this.#at = at - start;
    if (this.#at - CODE_END > MAX_REASON_BYTES) return this.#refuse("reason phrase too long");
    if (at === end) return NEED_MORE;
    if (bytes[at] !== CR) return this.#refuse("control byte in a reason phrase (RFC 9112, 4)");
    if (at + 1 === end) return NEED_MORE;
    return bytes[at + 1] === LF ? at + 2 : this.#refuse("bare CR (RFC 9112, 2.2)");
  }

  #refuse(detail: string): number {
    this.detail = detail;
    return REFUSED;
  }
}
