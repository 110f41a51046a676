import type { ExchangeResponse, HeaderList } from "../../../ports/exchange.ts";
import { CHUNKED, UNTIL_CLOSE } from "../codec/message.ts";
import { responseHead } from "../codec/serialise.ts";

/** Body length of an answer that ends with its head, whatever its fields say: HEAD, 204, 304. */
export const NO_BODY = -3;

/** Decides how an answer's body is framed: its bytes, CHUNKED, UNTIL_CLOSE or NO_BODY (RFC 9112, 6.3). */
export function bodyFraming(
  response: ExchangeResponse,
  method: string,
  minorVersion: number,
): number {
  if (method === "HEAD" || response.status === 204 || response.status === 304) return NO_BODY;
  if (response.body === null) return 0;
  const { length } = response.body;
  if (length !== undefined) return length;
  return minorVersion === 0 ? UNTIL_CLOSE : CHUNKED;
}

/** What the head of an answer says beside the handler's fields. */
export interface HeadFacts {
  readonly framing: number;
  readonly keepAlive: boolean;
  readonly minorVersion: number;
  /** Complete Date field line, for answers that bring none. */
  readonly dateLine: string;
}

/** Writes the head of a final answer: the handler's fields, but framing and Connection are ours. */
export function finalHead(response: ExchangeResponse, facts: HeadFacts): string {
  const { headers } = response;
  let lines = lengthLine(response, facts.framing);
  if (!facts.keepAlive) lines += "connection: close\r\n";
  else if (facts.minorVersion === 0) lines += "connection: keep-alive\r\n";
  let owned = false;
  let dated = false;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? "";
    if (name === "date") dated = true;
    else if (isFraming(name)) owned = true;
  }
  if (!dated) lines += facts.dateLine;
  return responseHead(response.status, owned ? withoutFraming(headers) : headers, lines);
}

/** Writes the head of an interim answer, which has no framing at all (RFC 9110, 15.2). */
export function interimHead(status: number, headers: HeaderList): string {
  return responseHead(status, withoutFraming(headers), "");
}

function lengthLine(response: ExchangeResponse, framing: number): string {
  if (framing >= 0) return `content-length: ${framing}\r\n`;
  if (framing === CHUNKED) return "transfer-encoding: chunked\r\n";
  if (framing === UNTIL_CLOSE || response.status === 204) return "";
  const stated = statedLength(response.headers);
  if (stated !== null) return `content-length: ${stated}\r\n`;
  const length = response.status === 304 ? undefined : response.body?.length;
  return length === undefined ? "" : `content-length: ${length}\r\n`;
}

/** The length that a handler states for a body that is not sent; null unless there is exactly one. */
function statedLength(headers: HeaderList): string | null {
  let stated: string | null = null;
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i] !== "content-length") continue;
    if (stated !== null) return null;
    stated = headers[i + 1] ?? "";
  }
  return stated !== null && /^\d+$/.test(stated) ? stated : null;
}

function isFraming(name: string): boolean {
  return name === "content-length" || name === "transfer-encoding" || name === "connection";
}

function withoutFraming(headers: HeaderList): HeaderList {
  const kept: HeaderList = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? "";
    if (!isFraming(name)) kept.push(name, headers[i + 1] ?? "");
  }
  return kept;
}
