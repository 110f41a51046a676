import type { HeaderList } from "../../../ports/exchange.ts";
import { FIELD_VALUE_BYTES, TOKEN_BYTES } from "../../../utils/http-grammar.ts";
import { fieldName, ORDINARY } from "./field-names.ts";
import { NEED_MORE, REFUSED } from "./message.ts";

const HTAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SP = 0x20;
const COLON = 0x3a;

/** Fields whose places are kept from the start; the list of places grows as needed. */
const INITIAL_FIELDS = 24;
const IN_NAME = -1;
/** The other result of scanning besides NEED_MORE, REFUSED and the offset where the section ends. */
const GO_ON = 0;

const TOO_LARGE = "fields too large";
const BARE_CR = "bare CR (RFC 9112, 2.2)";
const BARE_LF = "bare LF (RFC 9112, 2.2)";
const BAD_VALUE = "control byte in a field value (RFC 9110, 5.5)";

/** Is told of the fields that the codec must understand. */
export interface FieldReader {
  /** `kind` is one of field-names.ts, never ORDINARY. */
  note(kind: number, value: string): void;
}

/**
 * Field lines up to the empty line (RFC 9112, 5), of a head or a trailer section. Scanning checks
 * every byte once, whatever pieces they come in, and keeps only places; strings are made when all
 * is there, from one text, so that a refused or unfinished section costs none.
 */
export class FieldSection {
  /** Which rule was broken, after REFUSED. */
  detail = "";
  /** Whether it was a limit that was broken, after REFUSED. */
  tooLarge = false;
  readonly #maxBytes: number;
  readonly #maxCount: number;
  /** Two places a field, from the start of the message: its colon, the end of its line. */
  #places = new Int32Array(2 * INITIAL_FIELDS);
  #count = 0;
  #first = 0;
  #line = 0;
  #at = 0;
  #colon = IN_NAME;

  constructor(maxBytes: number, maxCount: number) {
    this.#maxBytes = maxBytes;
    this.#maxCount = maxCount;
  }

  /** Begins a section whose first line starts `first` bytes behind the start of the message. */
  begin(first: number): void {
    this.#count = 0;
    this.#first = first;
    this.#line = first;
    this.#at = first;
    this.#colon = IN_NAME;
  }

  /**
   * Scans on. `start` is where the message starts in `bytes`. Returns the offset just after the
   * empty line, NEED_MORE or REFUSED.
   */
  scan(bytes: Buffer, start: number): number {
    for (;;) {
      if (this.#colon === IN_NAME) {
        const result = this.#scanName(bytes, start);
        if (result !== GO_ON) return result;
      }
      const result = this.#scanValue(bytes, start);
      if (result !== GO_ON) return result;
    }
  }

  /** Scans up to the colon, or over the empty line that ends the section. */
  #scanName(bytes: Buffer, start: number): number {
    const end = bytes.length;
    let at = start + this.#at;
    while (at < end && TOKEN_BYTES[bytes[at] ?? 0] === 1) at++;
    this.#at = at - start;
    if (at === end) return this.#needMore();
    const first = this.#at === this.#line;
    if (bytes[at] === COLON && !first) {
      this.#colon = this.#at++;
      return GO_ON;
    }
    if (bytes[at] !== CR || !first) return this.#refuse(nameFault(bytes[at] ?? 0, first));
    if (at + 1 === end) return this.#needMore();
    return bytes[at + 1] === LF ? at + 2 : this.#refuse(BARE_CR);
  }

  #scanValue(bytes: Buffer, start: number): number {
    const end = bytes.length;
    let at = start + this.#at;
    while (at < end && FIELD_VALUE_BYTES[bytes[at] ?? 0] === 1) at++;
    this.#at = at - start;
    if (at === end) return this.#needMore();
    if (bytes[at] !== CR) return this.#refuse(bytes[at] === LF ? BARE_LF : BAD_VALUE);
    if (at + 1 === end) return this.#needMore();
    if (bytes[at + 1] !== LF) return this.#refuse(BARE_CR);
    return this.#keep(this.#at);
  }

  /**
   * Makes the list of the complete lines scanned so far. `bytes` are as scanned, `text` is the
   * message, from its start, as Latin-1: values are views of it. Tells `reader` of the fields that
   * the codec must know.
   */
  read(bytes: Buffer, start: number, text: string, reader: FieldReader | null): HeaderList {
    const headers: HeaderList = [];
    const places = this.#places;
    const size = 2 * this.#count;
    let line = this.#first;
    for (let i = 0; i < size; i += 2) {
      const colon = places[i] ?? 0;
      const lineEnd = places[i + 1] ?? 0;
      const name = fieldName(bytes, start + line, start + colon);
      let from = colon + 1;
      let to = lineEnd;
      while (from < to && isBlank(bytes[start + from])) from++;
      while (to > from && isBlank(bytes[start + to - 1])) to--;
      const value = text.substring(from, to);
      headers.push(name.text, value);
      if (name.kind !== ORDINARY && reader !== null) reader.note(name.kind, value);
      line = lineEnd + 2;
    }
    return headers;
  }

  /** Notes a complete line and stands before the next. */
  #keep(lineEnd: number): number {
    const next = lineEnd + 2;
    if (next - this.#first > this.#maxBytes) return this.#refuseSize(TOO_LARGE);
    if (this.#count === this.#maxCount) return this.#refuseSize("too many fields");
    const index = 2 * this.#count++;
    if (index === this.#places.length) this.#places = doubled(this.#places);
    this.#places[index] = this.#colon;
    this.#places[index + 1] = lineEnd;
    this.#colon = IN_NAME;
    this.#line = next;
    this.#at = next;
    return GO_ON;
  }

  #needMore(): number {
    return this.#at - this.#first > this.#maxBytes ? this.#refuseSize(TOO_LARGE) : NEED_MORE;
  }

  /** A fault beyond the limit is a breach of the limit: bytes that come in pieces end there too. */
  #refuse(detail: string): number {
    if (this.#at - this.#first > this.#maxBytes) return this.#refuseSize(TOO_LARGE);
    this.detail = detail;
    this.tooLarge = false;
    return REFUSED;
  }

  #refuseSize(detail: string): number {
    this.detail = detail;
    this.tooLarge = true;
    return REFUSED;
  }
}

function doubled(places: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * places.length);
  larger.set(places);
  return larger;
}

function nameFault(byte: number, first: boolean): string {
  const blank = isBlank(byte);
  if (blank && first) return "folded field line (RFC 9112, 5.2)";
  if (blank) return "white space before the colon (RFC 9112, 5.1)";
  if (byte === LF && first) return BARE_LF;
  if (byte === COLON) return "empty field name (RFC 9110, 5.1)";
  if (byte === CR || byte === LF) return "field line without a colon (RFC 9112, 5)";
  return "byte that no field name has (RFC 9110, 5.1)";
}

function isBlank(code: number | undefined): boolean {
  return code === SP || code === HTAB;
}
