import type { Body } from "../../../ports/exchange.ts";

/** Methods whose requests have a meaning for a body, so that its absence is stated (RFC 9110, 8.6). */
const EXPECTS_BODY = new Set(["POST", "PUT", "PATCH"]);

/** Builds the framing lines of a request (RFC 9112, 6): at most one of the two fields. */
export function requestFraming(method: string, body: Body): string {
  if (body === null) return EXPECTS_BODY.has(method) ? "content-length: 0\r\n" : "";
  if (body.length === undefined) return "transfer-encoding: chunked\r\n";
  return `content-length: ${body.length}\r\n`;
}
