/**
 * A second opinion on HTTP/1.1, on purpose independent of Prox's codec: regular expressions over
 * Latin-1 text, stricter than the RFC, slow. It reads what Prox sent.
 */

const REQUEST_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\/[\x21\x23-\x7e]*|\*) HTTP\/1\.1$/;
const STATUS_LINE = /^HTTP\/1\.1 ([1-5][0-9][0-9]) [\t\x20-\x7e\x80-\xff]*$/;
const FIELD =
  /^([!#$%&'*+.^_`|~0-9a-z-]+):[ ]?((?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?)$/;
const LENGTH = /^(?:0|[1-9][0-9]{0,15})$/;
const CHUNK_LINE = /([0-9a-f]{1,14})\r\n/y;
const NOT_IN_TRAILERS =
  /^(?:content-length|transfer-encoding|host|connection|authorization|trailer)$/;

/** One message as it was read. */
export interface StrictMessage {
  /** Offset just after it; undefined where it ends with its connection. */
  readonly end: number | undefined;
  readonly method: string;
  readonly target: string;
  readonly status: number;
  readonly fields: readonly (readonly [name: string, value: string])[];
}

/** A message, the rule that was broken, or null where bytes are still missing. */
export type Reading = StrictMessage | { readonly problem: string } | null;

/** Reads the request that starts at `at`. */
export function readRequest(text: string, at: number): Reading {
  const head = readHead(text, at);
  if (head === null || "problem" in head) return head;
  const [, method = "", target = ""] = REQUEST_LINE.exec(head.line) ?? [];
  if (method === "") return { problem: `request line ${JSON.stringify(head.line)}` };
  if (head.fields.filter(([name]) => name === "host").length !== 1) {
    return { problem: "not exactly one Host" };
  }
  const framing = framingOf(head.fields);
  if (typeof framing === "string" && framing !== "chunked") return { problem: framing };
  const end = bodyEnd(text, head.end, framing ?? 0);
  if (end === null || typeof end === "object") return end;
  return { end, method, target, status: 0, fields: head.fields };
}

/** Reads the answer that starts at `at`, to a request that is no HEAD. */
export function readResponse(text: string, at: number): Reading {
  const head = readHead(text, at);
  if (head === null || "problem" in head) return head;
  const status = Number(STATUS_LINE.exec(head.line)?.[1] ?? 0);
  if (status === 0) return { problem: `status line ${JSON.stringify(head.line)}` };
  const framing = framingOf(head.fields);
  if (typeof framing === "string" && framing !== "chunked") return { problem: framing };
  const { fields } = head;
  const message = { method: "", target: "", status, fields };
  if (status < 200 || status === 204 || status === 304) return { ...message, end: head.end };
  if (framing === undefined) return { ...message, end: undefined };
  const end = bodyEnd(text, head.end, framing);
  if (end === null || typeof end === "object") return end;
  return { ...message, end };
}

interface Head {
  readonly line: string;
  readonly fields: [string, string][];
  readonly end: number;
}

function readHead(text: string, at: number): Head | { readonly problem: string } | null {
  const end = text.indexOf("\r\n\r\n", at);
  if (end === -1) return null;
  const [line = "", ...lines] = text.slice(at, end).split("\r\n");
  const fields = readFields(lines);
  return typeof fields === "string" ? { problem: fields } : { line, fields, end: end + 4 };
}

function readFields(lines: readonly string[]): [string, string][] | string {
  const fields: [string, string][] = [];
  for (const line of lines) {
    const [, name, value = ""] = FIELD.exec(line) ?? [];
    if (name === undefined) return `field line ${JSON.stringify(line)}`;
    fields.push([name, value]);
  }
  return fields;
}

/** A length, `chunked`, undefined where neither is said, or the rule that was broken. */
function framingOf(fields: readonly (readonly [string, string])[]): number | string | undefined {
  const lengths = fields.filter(([name]) => name === "content-length");
  const encodings = fields.filter(([name]) => name === "transfer-encoding");
  if (lengths.length + encodings.length > 1) return "framing fields repeated";
  const [[, encoding] = []] = encodings;
  if (encoding !== undefined) return encoding === "chunked" ? "chunked" : "odd transfer-encoding";
  const [[, length] = []] = lengths;
  if (length === undefined) return undefined;
  return LENGTH.test(length) ? Number(length) : "odd content-length";
}

function bodyEnd(
  text: string,
  start: number,
  framing: number | string,
): number | { readonly problem: string } | null {
  if (typeof framing === "number") {
    return start + framing <= text.length ? start + framing : null;
  }
  let at = start;
  for (;;) {
    const lineEnd = text.indexOf("\r\n", at);
    if (lineEnd === -1) return null;
    CHUNK_LINE.lastIndex = at;
    const size = CHUNK_LINE.exec(text)?.[1];
    if (size === undefined)
      return { problem: `chunk line ${JSON.stringify(text.slice(at, lineEnd))}` };
    at = lineEnd + 2;
    if (Number.parseInt(size, 16) === 0) return trailersEnd(text, at);
    at += Number.parseInt(size, 16);
    if (text.length < at + 2) return null;
    if (text.slice(at, at + 2) !== "\r\n") return { problem: "chunk longer than its size" };
    at += 2;
  }
}

function trailersEnd(text: string, at: number): number | { readonly problem: string } | null {
  if (text.startsWith("\r\n", at)) return at + 2;
  const end = text.indexOf("\r\n\r\n", at);
  if (end === -1) return null;
  const fields = readFields(text.slice(at, end).split("\r\n"));
  if (typeof fields === "string") return { problem: fields };
  const bad = fields.find(([name]) => NOT_IN_TRAILERS.test(name));
  return bad === undefined ? end + 4 : { problem: `trailer ${bad[0]}` };
}
