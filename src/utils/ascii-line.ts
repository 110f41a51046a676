const FIRST_CAPACITY = 4096;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ZERO = 0x30;
const DOT = 0x2e;

/** Characters that JSON strings need no escape for, and that no terminal takes for anything else. */
const PLAIN = new Uint8Array(0x80).fill(1, 0x20, 0x7f);
PLAIN[QUOTE] = 0;
PLAIN[BACKSLASH] = 0;

const NOT_ASCII = /[^ -~]/g;

/**
 * A line of ASCII under construction, in one buffer that is used again for the next line: half the
 * cost of joining strings, and nothing for the collector.
 */
export class AsciiLine {
  #bytes = new Uint8Array(FIRST_CAPACITY);
  #length = 0;

  /** Begins a new line. */
  clear(): void {
    this.#length = 0;
  }

  /** The line so far; valid until the next change. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Adds text that is ASCII by its own grammar. */
  ascii(text: string): void {
    const bytes = this.#room(text.length);
    let at = this.#length;
    for (let i = 0; i < text.length; i++) bytes[at++] = text.charCodeAt(i);
    this.#length = at;
  }

  /** Adds a JSON string: anything but plain ASCII is escaped. */
  json(text: string): void {
    const bytes = this.#room(text.length + 2);
    let at = this.#length;
    bytes[at++] = QUOTE;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (PLAIN[code] !== 1) {
        this.ascii(escapedJson(text));
        return;
      }
      bytes[at++] = code;
    }
    bytes[at++] = QUOTE;
    this.#length = at;
  }

  /** Adds a whole number, 0 or more. */
  integer(value: number): void {
    if (value > 0x7fffffff) {
      this.ascii(String(value));
      return;
    }
    let digits = 1;
    for (let rest = value; rest >= 10; rest = (rest / 10) | 0) digits += 1;
    this.#digits(value, digits);
  }

  /** Adds a number, 0 or more, with three decimals: more are noise in a time. */
  thousandths(value: number): void {
    const thousandths = Math.round(value * 1000);
    this.integer(Math.floor(thousandths / 1000));
    this.#room(1)[this.#length++] = DOT;
    this.#digits(thousandths % 1000, 3);
  }

  #digits(value: number, digits: number): void {
    const bytes = this.#room(digits);
    let rest = value;
    for (let at = this.#length + digits - 1; at >= this.#length; at--) {
      const next = (rest / 10) | 0;
      bytes[at] = ZERO + rest - next * 10;
      rest = next;
    }
    this.#length += digits;
  }

  #room(more: number): Uint8Array {
    const needed = this.#length + more;
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    return this.#bytes;
  }
}

function escapedJson(text: string): string {
  return JSON.stringify(text).replace(
    NOT_ASCII,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
