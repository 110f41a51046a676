import type { ExchangeResponse, HeaderList } from "../ports/exchange.ts";
import type { FailureReason } from "../ports/failure.ts";
import { ProxError } from "../ports/failure.ts";
import { headerValues } from "../utils/header-list.ts";

/** What a failure means to the client. */
interface FailureRule {
  readonly status: number;
  /** One short sentence for the client; never an address, a name or a cause. */
  readonly message: string;
}

/** The one table from reason to answer (RFC 9110, 15; 499 never reaches a wire). */
const RULES: Readonly<Record<FailureReason, FailureRule>> = {
  malformed_request: { status: 400, message: "Bad request" },
  unsupported_http_version: { status: 505, message: "HTTP version not supported" },
  method_not_forwarded: { status: 405, message: "Method not allowed" },
  bad_path: { status: 400, message: "Bad request path" },
  header_timeout: { status: 408, message: "Request header took too long" },
  body_timeout: { status: 408, message: "Request body took too long" },
  body_too_large: { status: 413, message: "Request body too large" },
  uri_too_long: { status: 414, message: "Request target too long" },
  headers_too_large: { status: 431, message: "Request header fields too large" },
  expectation_failed: { status: 417, message: "Expectation not supported" },
  connection_limit: { status: 503, message: "Too many connections" },
  client_closed: { status: 499, message: "Client closed the connection" },
  client_idle_timeout: { status: 499, message: "Client stopped reading" },
  no_route: { status: 404, message: "No route matches this request" },
  upgrade_not_supported: { status: 426, message: "Upgrade required" },
  method_not_allowed: { status: 405, message: "Method not allowed" },
  file_not_found: { status: 404, message: "Not found" },
  range_not_satisfiable: { status: 416, message: "Range not satisfiable" },
  precondition_failed: { status: 412, message: "Precondition failed" },
  upstream_resolve_failed: { status: 502, message: "Upstream unavailable" },
  upstream_connect_refused: { status: 502, message: "Upstream unavailable" },
  upstream_connect_failed: { status: 502, message: "Upstream unavailable" },
  upstream_connect_timeout: { status: 504, message: "Upstream took too long to accept" },
  upstream_tls_failed: { status: 502, message: "Upstream unavailable" },
  upstream_queue_full: { status: 503, message: "Upstream is busy" },
  upstream_queue_timeout: { status: 503, message: "Upstream is busy" },
  upstream_closed: { status: 502, message: "Upstream closed the connection" },
  upstream_reset: { status: 502, message: "Upstream closed the connection" },
  upstream_malformed_response: { status: 502, message: "Upstream answer was not valid" },
  upstream_timeout_header: { status: 504, message: "Upstream took too long to answer" },
  upstream_timeout_idle: { status: 504, message: "Upstream stopped answering" },
  upstream_truncated: { status: 502, message: "Upstream answer broke off" },
  no_healthy_upstream: { status: 503, message: "No healthy upstream" },
  shutting_down: { status: 503, message: "Shutting down" },
  internal_error: { status: 500, message: "Internal error" },
};

const textEncoder = new TextEncoder();

/** Gives the status that a reason is answered with; 499 for a client that has gone. */
export function failureStatus(reason: FailureReason): number {
  return RULES[reason].status;
}

/** Names the stable reason of anything thrown: what is not a ProxError is `internal_error`. */
export function failureReason(error: unknown): FailureReason {
  return error instanceof ProxError ? error.reason : "internal_error";
}

/**
 * Builds Prox's own answer to a failure: JSON where the client accepts it, else text. It carries the
 * request id, and never a cause, an address or a stack.
 */
export function errorResponse(
  reason: FailureReason,
  requestId: string,
  requestHeaders: HeaderList,
): ExchangeResponse {
  const { status, message } = RULES[reason];
  const json = acceptsJson(requestHeaders);
  const text = json
    ? `${JSON.stringify({ error: reason, message, status, request_id: requestId })}\n`
    : `${status} ${message}\nrequest id: ${requestId}\n`;
  const headers: HeaderList = [
    "content-type",
    json ? "application/json" : "text/plain; charset=utf-8",
    "cache-control",
    "no-store",
    "x-request-id",
    requestId,
  ];
  addExplanation(headers, reason);
  return { status, headers, body: textEncoder.encode(text) };
}

/** Adds the fields without which a status would be incomplete (RFC 9110, 15.5.6, 15.5.22, 10.2.3). */
function addExplanation(headers: HeaderList, reason: FailureReason): void {
  switch (reason) {
    case "method_not_forwarded":
      headers.push("allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
      return;
    case "method_not_allowed":
      headers.push("allow", "GET, HEAD");
      return;
    case "upgrade_not_supported":
      headers.push("upgrade", "websocket");
      return;
    case "connection_limit":
    case "upstream_queue_full":
    case "upstream_queue_timeout":
    case "no_healthy_upstream":
    case "shutting_down":
      headers.push("retry-after", "1");
      return;
    default:
  }
}

function acceptsJson(headers: HeaderList): boolean {
  return headerValues(headers, "accept").some((value) => value.split(",").some(isJsonRange));
}

/** Tells whether one media range asks for JSON by name; `q=0` refuses it (RFC 9110, 12.5.1). */
function isJsonRange(range: string): boolean {
  const [type = "", ...parameters] = range.toLowerCase().split(";");
  if (!/\/(?:[^+]+\+)?json$/.test(type.trim())) return false;
  return !parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter.trim()));
}
