/** Path and query of a request, as they are matched and forwarded. */
export interface NormalisedTarget {
  readonly path: string;
  /** With its `?`, byte for byte; empty where there is none. */
  readonly query: string;
}

const PERCENT = 0x25;
const DOT = 0x2e;
const SLASH = 0x2f;
const QUESTION_MARK = 0x3f;

/** What the quick scan does at each byte of a path: go on, look closer, or stop at the query. */
const PLAIN = 0;
const NOTABLE = 1;
const END = 2;

/** Controls, space, `#` and backslash: no path may hold them raw (RFC 3986, 3.3). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const ILLEGAL = /[\x00-\x20#\\\x7f]/;
const ENCODED_SEPARATOR = /%(?:2f|5c)/i;
const SCAN = scanTable();

/**
 * Normalises `/path?query` for matching and forwarding alike, so that what was checked is what is
 * sent: dot segments are resolved, unreserved characters decoded, repeated slashes merged
 * (RFC 3986, 6.2.2). Other escapes stay as they came: an encoded slash or backslash separates
 * nothing.
 *
 * **Security:** null (answer 400) where the path could be read in two ways: a raw backslash, `#` or
 * control character, `%00`, a broken escape, a path that leaves the root, and dot segments built
 * with encoded slashes or backslashes (`..%2f`), which upstreams that decode first would resolve.
 */
export function normalisePath(pathAndQuery: string): NormalisedTarget | null {
  if (pathAndQuery.charCodeAt(0) !== SLASH) return null;
  for (let i = 0; i < pathAndQuery.length; i++) {
    const code = pathAndQuery.charCodeAt(i);
    const kind = SCAN[code];
    if (kind === PLAIN) continue;
    if (kind === END) return { path: pathAndQuery.slice(0, i), query: pathAndQuery.slice(i) };
    if (code === SLASH) {
      const next = pathAndQuery.charCodeAt(i + 1);
      if (next !== SLASH && next !== DOT) continue;
    }
    return rebuild(pathAndQuery);
  }
  return { path: pathAndQuery, query: "" };
}

/** Does the same segment by segment, for the few paths that have something to do. */
function rebuild(pathAndQuery: string): NormalisedTarget | null {
  const mark = pathAndQuery.indexOf("?");
  const raw = mark < 0 ? pathAndQuery : pathAndQuery.slice(0, mark);
  const path = ILLEGAL.test(raw) ? null : resolve(raw.slice(1).split("/"));
  return path === null ? null : { path, query: pathAndQuery.slice(raw.length) };
}

function resolve(segments: readonly string[]): string | null {
  const kept: string[] = [];
  // Whether the path ends in a slash: written as one, or left by a dot segment (RFC 3986, 5.2.4).
  let open = false;
  for (const segment of segments) {
    const decoded = segment.includes("%") ? decodeSegment(segment) : segment;
    if (decoded === null) return null;
    open = decoded === "" || decoded === "." || decoded === "..";
    if (!open) kept.push(decoded);
    else if (decoded === ".." && kept.pop() === undefined) return null;
  }
  return `/${kept.join("/")}${open && kept.length > 0 ? "/" : ""}`;
}

/** Decodes unreserved characters; null where the segment must be refused. */
function decodeSegment(segment: string): string | null {
  let decoded = "";
  let from = 0;
  let at = segment.indexOf("%");
  while (at >= 0) {
    const code = hexByte(segment, at + 1);
    // Latin-1 stands for bytes, so NUL and what is no byte at all are all there is to refuse.
    if (code <= 0) return null;
    if (isUnreserved(code)) {
      decoded += segment.slice(from, at) + String.fromCharCode(code);
      from = at + 3;
    }
    at = segment.indexOf("%", at + 3);
  }
  decoded += segment.slice(from);
  return hasHiddenDots(decoded) ? null : decoded;
}

/** Tells whether `.` or `..` stands beside an encoded slash or backslash. */
function hasHiddenDots(segment: string): boolean {
  if (!ENCODED_SEPARATOR.test(segment)) return false;
  return segment.split(ENCODED_SEPARATOR).some((part) => part === "." || part === "..");
}

/** Reads two hexadecimal digits; -1 where there are none. */
function hexByte(text: string, at: number): number {
  const high = hexDigit(text.charCodeAt(at));
  const low = hexDigit(text.charCodeAt(at + 1));
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** Letters, digits, `-`, `.`, `_`, `~` (RFC 3986, 2.3). */
function isUnreserved(code: number): boolean {
  if (code >= 0x30 && code <= 0x39) return true;
  const lower = code | 0x20;
  if (lower >= 0x61 && lower <= 0x7a) return true;
  return code === 0x2d || code === DOT || code === 0x5f || code === 0x7e;
}

function scanTable(): Uint8Array {
  const table = new Uint8Array(256);
  for (let code = 0; code < 256; code++) {
    if (ILLEGAL.test(String.fromCharCode(code))) table[code] = NOTABLE;
  }
  table[SLASH] = NOTABLE;
  table[PERCENT] = NOTABLE;
  table[QUESTION_MARK] = END;
  return table;
}
