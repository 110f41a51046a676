import { TOKEN_BYTES } from "../../../utils/http-grammar.ts";
import { NEED_MORE, REFUSED } from "./message.ts";

const LF = 0x0a;
const CR = 0x0d;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;

/** 2^53 - 1 has 14 hexadecimal digits; leading zeros may fill up to 16. */
const MAX_SIZE_DIGITS = 16;
/** Extensions mean nothing to us and are dropped; nobody needs long ones. */
const MAX_EXTENSION_BYTES = 256;
const NO_DIGIT = 16;

const HEX_DIGITS = new Uint8Array(256).fill(NO_DIGIT);
for (let digit = 0; digit < NO_DIGIT; digit++) {
  const text = digit.toString(16);
  HEX_DIGITS[text.charCodeAt(0)] = digit;
  HEX_DIGITS[text.toUpperCase().charCodeAt(0)] = digit;
}

const BAD_SIZE = "bad chunk size (RFC 9112, 7.1)";
const BAD_EXTENSION = "bad chunk extension (RFC 9112, 7.1.1)";
const BARE_CR = "bare CR in a chunk line (RFC 9112, 2.2)";

const IN_SIZE = 0;
const IN_EXTENSION_NAME = 1;
const IN_EXTENSION_VALUE = 2;
const IN_LINE_END = 3;

/**
 * The line before a chunk (RFC 9112, 7.1): its size, and extensions in the strict form
 * `;name` or `;name=token`. **Security:** white space and quoted strings, which the grammar would
 * allow in extensions, are refused: parsers disagree on where such a line ends.
 */
export class ChunkLine {
  /** Bytes of the chunk; valid once the line is complete. */
  size = 0;
  /** Which rule was broken, after REFUSED. */
  detail = "";
  #stage = IN_SIZE;
  #digits = 0;
  #extension = 0;
  /** Bytes of the name or value that is being read. */
  #part = 0;

  reset(): void {
    this.size = 0;
    this.#stage = IN_SIZE;
    this.#digits = 0;
    this.#extension = 0;
  }

  /** Consumes from `offset`; returns the offset just after the line, NEED_MORE (all consumed) or REFUSED. */
  scan(bytes: Uint8Array, offset: number): number {
    for (let at = offset; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0;
      if (this.#stage === IN_LINE_END) return byte === LF ? at + 1 : this.#refuse(BARE_CR);
      if (this.#stage === IN_SIZE) {
        if (!this.#takeDigit(byte) && !this.#endSize(byte)) return this.#refuse(BAD_SIZE);
      } else if (!this.#takeExtension(byte)) return this.#refuse(BAD_EXTENSION);
    }
    return NEED_MORE;
  }

  #takeDigit(byte: number): boolean {
    const digit = HEX_DIGITS[byte] ?? NO_DIGIT;
    if (digit === NO_DIGIT || this.#digits === MAX_SIZE_DIGITS) return false;
    this.#digits++;
    this.size = this.size * 16 + digit;
    return true;
  }

  #endSize(byte: number): boolean {
    if (this.#digits === 0 || !Number.isSafeInteger(this.size)) return false;
    return this.#endPart(byte);
  }

  #takeExtension(byte: number): boolean {
    if (++this.#extension > MAX_EXTENSION_BYTES) return false;
    if (TOKEN_BYTES[byte] === 1) {
      this.#part++;
      return true;
    }
    if (this.#part === 0) return false;
    if (byte === EQUALS && this.#stage === IN_EXTENSION_NAME) {
      this.#stage = IN_EXTENSION_VALUE;
      this.#part = 0;
      return true;
    }
    return this.#endPart(byte);
  }

  /** What may follow the size and each extension: another extension or the end of the line. */
  #endPart(byte: number): boolean {
    if (byte === CR) this.#stage = IN_LINE_END;
    else if (byte === SEMICOLON) this.#stage = IN_EXTENSION_NAME;
    else return false;
    this.#part = 0;
    return true;
  }

  #refuse(detail: string): number {
    this.detail = detail;
    return REFUSED;
  }
}
