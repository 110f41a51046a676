import { type LineCounter, Pair, type Scalar, YAMLMap, YAMLSeq } from "yaml";
import { NotPlain, placed, type Read, readKey, readValue, skipBlanks } from "./values.ts";

/**
 * Reads plain YAML ten times as fast as the full parser: block maps and lists, one-line values and
 * flow collections, comments. Returns the nodes that the `yaml` package would give, with the same
 * positions, or null for any text that holds more than that (anchors, tags, escapes, text over
 * several lines, anything wrong): the full parser then reads it from the start. A fuzz test
 * compares the two.
 */
export function readPlainYaml(text: string, lines: LineCounter): YAMLMap | null {
  // Tabs, carriage returns and other controls are for the full parser; so is all but ASCII.
  if (/[^\n -~]/.test(text)) return null;
  try {
    return new BlockReader(text, lines).read();
  } catch (error) {
    if (error instanceof NotPlain) return null;
    throw error;
  }
}

type Value = Scalar | YAMLMap | YAMLSeq;

/** Depth of blocks beyond which the full parser takes over. */
const DEEPEST = 32;

class BlockReader {
  readonly #text: string;
  readonly #lines: LineCounter;
  /** Where the current line's text begins, behind its indent; the end of the text at last. */
  #at = 0;
  #indent = 0;
  #lineStart = 0;

  constructor(text: string, lines: LineCounter) {
    this.#text = text;
    this.#lines = lines;
  }

  read(): YAMLMap {
    this.#enterLine(0);
    if (this.#indent !== 0 || this.#done || this.#atDash) throw new NotPlain();
    const map = this.#map(0, 0);
    if (!this.#done) throw new NotPlain();
    return map;
  }

  get #done(): boolean {
    return this.#at >= this.#text.length;
  }

  get #atDash(): boolean {
    return this.#text.startsWith("- ", this.#at);
  }

  /** Reads a map whose keys stand `indent` columns in; begins at its first key. */
  #map(indent: number, depth: number): YAMLMap {
    if (depth > DEEPEST) throw new NotPlain();
    const map = new YAMLMap();
    const start = this.#at;
    while (!this.#done && this.#indent === indent && !this.#atDash) {
      const key = readKey(this.#text, this.#at);
      map.items.push(new Pair(key.node, this.#mapValue(key, indent, depth)));
    }
    // Deeper lines would go on with the value before.
    if (!this.#done && this.#indent > indent) throw new NotPlain();
    return placed(map, start, this.#at);
  }

  #mapValue(key: Read<Scalar>, indent: number, depth: number): Value {
    const at = skipBlanks(this.#text, key.end + 1);
    if (this.#endsLine(at)) {
      this.#enterLine(this.#lineEnd(at) + 1);
      if (this.#done || this.#indent <= indent) throw new NotPlain();
      return this.#block(depth + 1);
    }
    if (at === key.end + 1) throw new NotPlain();
    return this.#inline(at);
  }

  #block(depth: number): Value {
    return this.#atDash ? this.#seq(this.#indent, depth) : this.#map(this.#indent, depth);
  }

  #seq(indent: number, depth: number): YAMLSeq {
    if (depth > DEEPEST) throw new NotPlain();
    const seq = new YAMLSeq();
    const start = this.#at;
    while (!this.#done && this.#indent === indent && this.#atDash) {
      seq.items.push(this.#item(depth));
    }
    if (!this.#done && this.#indent >= indent) throw new NotPlain();
    return placed(seq, start, this.#at);
  }

  /** Reads what stands behind a dash: a value, or a map whose first key stands there. */
  #item(depth: number): Value {
    const at = skipBlanks(this.#text, this.#at + 1);
    if (this.#endsLine(at) || this.#text.startsWith("- ", at)) throw new NotPlain();
    const rest = this.#text.slice(at, this.#lineEnd(at));
    if (!/^(?:[A-Za-z_/][\w./-]*|"[^"]*"|'[^']*'):(?: |$)/.test(rest)) return this.#inline(at);
    this.#indent = at - this.#lineStart;
    this.#at = at;
    return this.#map(this.#indent, depth + 1);
  }

  /** Reads a value to the end of its line, and goes to the next. */
  #inline(at: number): Value {
    const lineEnd = this.#lineEnd(at);
    const { node, end } = readValue(this.#text, at, lineEnd);
    // Behind flow and quotes a comment must be set off by a blank.
    const rest = skipBlanks(this.#text, end);
    if (rest !== lineEnd && (this.#text[rest] !== "#" || rest === end)) throw new NotPlain();
    this.#enterLine(lineEnd + 1);
    return node;
  }

  #endsLine(at: number): boolean {
    return at >= this.#text.length || this.#text[at] === "\n" || this.#text[at] === "#";
  }

  #lineEnd(at: number): number {
    const end = this.#text.indexOf("\n", at);
    return end < 0 ? this.#text.length : end;
  }

  /** Goes to the next line that holds more than blanks and a comment. */
  #enterLine(start: number): void {
    let from = start;
    while (from < this.#text.length) {
      this.#lines.addNewLine(from);
      const at = skipBlanks(this.#text, from);
      if (!this.#endsLine(at)) {
        this.#lineStart = from;
        this.#indent = at - from;
        this.#at = at;
        if (this.#indent === 0 && /---|\.\.\.|%/y.test(this.#text.slice(at, at + 3)))
          throw new NotPlain();
        return;
      }
      from = this.#lineEnd(at) + 1;
    }
    this.#at = this.#text.length;
    this.#indent = -1;
  }
}
