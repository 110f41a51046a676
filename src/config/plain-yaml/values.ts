import { Pair, Scalar, YAMLMap, YAMLSeq } from "yaml";

/** Thrown where a text is more than plain: the full parser then reads it. */
export class NotPlain extends Error {}

/** A value and the offset behind it. */
export interface Read<T> {
  readonly node: T;
  readonly end: number;
}

/** Depth of flow collections beyond which the full parser takes over. */
const DEEPEST = 16;

/** Quoted text without escapes, on one line. */
const QUOTED = /"([^"\\\n]*)"|'([^'\n]*)'(?!')/y;
/** Printable ASCII that begins like a word, a number or a path, and holds no indicator. */
const PLAIN = /[A-Za-z0-9_/.](?:[!-~ ]*[!-~])?/y;
/** The same inside of `[]` and `{}`, which it must not hold. */
const FLOW_PLAIN = /[A-Za-z0-9_/.](?:[!-+.-Z^-z|~\\ -]*[!-+.-Z^-z|~\\-])?/y;
const KEY = /[A-Za-z_/][\w./-]*(?=:(?: |$))/my;
const BLANKS = / */y;

/** What plain text may not hold: it would end there, or go on as a key. */
const ENDS_PLAIN = /: | #|:$/;
/** Words and numbers that the core schema reads as something else than text (YAML 1.2, 10.3.2). */
const RESOLVES =
  /^(?:null|Null|NULL|true|True|TRUE|false|False|FALSE|[-+.0-9][0-9a-fA-FoxX.eE+-]*|\.(?:inf|Inf|INF|nan|NaN|NAN))$/;

/** Reads a value that stands on one line: text, number, boolean, `[...]` or `{...}`. */
export function readValue(
  text: string,
  at: number,
  lineEnd: number,
): Read<Scalar | YAMLMap | YAMLSeq> {
  const first = text[at];
  if (first === "[" || first === "{") return readFlow(text, at, 0);
  if (first === '"' || first === "'") return readQuoted(text, at);
  const line = text.slice(at, lineEnd);
  const comment = line.indexOf(" #");
  const words = (comment < 0 ? line : line.slice(0, comment)).trimEnd();
  PLAIN.lastIndex = 0;
  if (PLAIN.exec(words)?.[0] !== words || ENDS_PLAIN.test(words)) throw new NotPlain();
  return { node: scalar(resolve(words), at, at + words.length), end: at + words.length };
}

/** Reads a key up to its colon. */
export function readKey(text: string, at: number): Read<Scalar> {
  const first = text[at];
  const read = first === '"' || first === "'" ? readQuoted(text, at) : readPlainKey(text, at);
  if (text[read.end] !== ":" || read.node.value === "<<") throw new NotPlain();
  return read;
}

/** Skips blanks of a line. */
export function skipBlanks(text: string, at: number): number {
  BLANKS.lastIndex = at;
  BLANKS.exec(text);
  return BLANKS.lastIndex;
}

/** Gives a node its place in the text. */
export function placed<T extends YAMLMap | YAMLSeq>(node: T, start: number, end: number): T {
  node.range = [start, end, end];
  return node;
}

function readPlainKey(text: string, at: number): Read<Scalar> {
  KEY.lastIndex = at;
  const word = KEY.exec(text)?.[0];
  if (word === undefined || RESOLVES.test(word)) throw new NotPlain();
  return { node: scalar(word, at, at + word.length), end: at + word.length };
}

function readQuoted(text: string, at: number): Read<Scalar> {
  QUOTED.lastIndex = at;
  const match = QUOTED.exec(text);
  if (match === null) throw new NotPlain();
  const end = QUOTED.lastIndex;
  const node = scalar(match[1] ?? match[2] ?? "", at, end);
  return { node, end };
}

function readFlow(text: string, at: number, depth: number): Read<YAMLMap | YAMLSeq> {
  if (depth > DEEPEST) throw new NotPlain();
  return text[at] === "{" ? readFlowMap(text, at, depth) : readFlowSeq(text, at, depth);
}

function readFlowMap(text: string, start: number, depth: number): Read<YAMLMap> {
  const map = new YAMLMap();
  const end = readItems(text, start, "}", (at) => {
    const key = readKey(text, at);
    // `{"a":b}` is legal, but only after quotes: leave such finesse to the full parser.
    if (text[key.end + 1] !== " ") throw new NotPlain();
    const value = readFlowValue(text, skipBlanks(text, key.end + 1), depth);
    map.items.push(new Pair(key.node, value.node));
    return value.end;
  });
  map.flow = true;
  return { node: placed(map, start, end), end };
}

function readFlowSeq(text: string, start: number, depth: number): Read<YAMLSeq> {
  const seq = new YAMLSeq();
  const end = readItems(text, start, "]", (at) => {
    const value = readFlowValue(text, at, depth);
    seq.items.push(value.node);
    return value.end;
  });
  seq.flow = true;
  return { node: placed(seq, start, end), end };
}

/** Walks the items between brackets; `item` reads one and returns the offset behind it. */
function readItems(
  text: string,
  start: number,
  close: string,
  item: (at: number) => number,
): number {
  let at = skipBlanks(text, start + 1);
  if (text[at] === close) return at + 1;
  for (;;) {
    at = skipBlanks(text, item(at));
    if (text[at] === close) return at + 1;
    if (text[at] !== ",") throw new NotPlain();
    at = skipBlanks(text, at + 1);
  }
}

function readFlowValue(text: string, at: number, depth: number): Read<Scalar | YAMLMap | YAMLSeq> {
  const first = text[at];
  if (first === "[" || first === "{") return readFlow(text, at, depth + 1);
  if (first === '"' || first === "'") return readQuoted(text, at);
  FLOW_PLAIN.lastIndex = at;
  const words = FLOW_PLAIN.exec(text)?.[0];
  if (words === undefined || ENDS_PLAIN.test(words)) throw new NotPlain();
  const end = at + words.length;
  // A colon right behind would make a key of it.
  if (text[end] === ":") throw new NotPlain();
  return { node: scalar(resolve(words), at, end), end };
}

function resolve(words: string): string | number | boolean {
  if (!RESOLVES.test(words)) return words;
  if (words === "true" || words === "false") return words === "true";
  if (/^(?:0|[1-9][0-9]{0,14})$/.test(words)) return Number(words);
  throw new NotPlain();
}

function scalar(value: string | number | boolean, start: number, end: number): Scalar {
  const node = new Scalar(value);
  node.range = [start, end, end];
  return node;
}
