import { describe, expect, test } from "bun:test";
import { errorResponse, failureReason } from "../../src/core/errors.ts";
import type { ExchangeResponse, HeaderList } from "../../src/ports/exchange.ts";
import { type FailureReason, ProxError } from "../../src/ports/failure.ts";
import { headerValue } from "../../src/utils/header-list.ts";

const ID = "0123456789abcdef0123456789abcdef";

function answer(reason: FailureReason, headers: HeaderList = []): ExchangeResponse {
  return errorResponse(reason, ID, headers);
}

function bodyOf({ body }: ExchangeResponse): string {
  if (!(body instanceof Uint8Array)) throw new Error("no bytes");
  return new TextDecoder().decode(body);
}

describe("errorResponse", () => {
  test.each<[FailureReason, number]>([
    ["malformed_request", 400],
    ["bad_path", 400],
    ["no_route", 404],
    ["file_not_found", 404],
    ["method_not_forwarded", 405],
    ["method_not_allowed", 405],
    ["header_timeout", 408],
    ["body_timeout", 408],
    ["precondition_failed", 412],
    ["body_too_large", 413],
    ["uri_too_long", 414],
    ["range_not_satisfiable", 416],
    ["expectation_failed", 417],
    ["upgrade_not_supported", 426],
    ["headers_too_large", 431],
    ["client_closed", 499],
    ["client_idle_timeout", 499],
    ["internal_error", 500],
    ["upstream_resolve_failed", 502],
    ["upstream_connect_refused", 502],
    ["upstream_connect_failed", 502],
    ["upstream_tls_failed", 502],
    ["upstream_closed", 502],
    ["upstream_reset", 502],
    ["upstream_malformed_response", 502],
    ["upstream_truncated", 502],
    ["connection_limit", 503],
    ["upstream_queue_full", 503],
    ["upstream_queue_timeout", 503],
    ["no_healthy_upstream", 503],
    ["shutting_down", 503],
    ["upstream_connect_timeout", 504],
    ["upstream_timeout_header", 504],
    ["upstream_timeout_idle", 504],
    ["unsupported_http_version", 505],
  ])("answers %s with %d", (reason, status) => {
    expect(answer(reason).status).toBe(status);
  });

  test("speaks text, with status and request id", () => {
    const response = answer("no_route");
    expect(headerValue(response.headers, "content-type")).toBe("text/plain; charset=utf-8");
    expect(bodyOf(response)).toBe(`404 No route matches this request\nrequest id: ${ID}\n`);
  });

  test.each([
    "application/json",
    "text/html, Application/JSON;q=0.9",
    "application/problem+json",
    "application/vnd.api+json; charset=utf-8",
    "application/json;q=1.0",
  ])("speaks JSON to who accepts it: %s", (accept) => {
    const response = answer("upstream_timeout_header", ["accept", accept]);
    expect(headerValue(response.headers, "content-type")).toBe("application/json");
    expect(JSON.parse(bodyOf(response))).toEqual({
      error: "upstream_timeout_header",
      message: "Upstream took too long to answer",
      status: 504,
      request_id: ID,
    });
  });

  test.each([
    "text/html",
    "*/*",
    "",
    "text/html, application/json;q=0",
    "application/json; q=0.000",
    "application/jsonlines",
  ])("speaks text to who does not: %j", (accept) => {
    const response = answer("no_route", ["accept", accept]);
    expect(headerValue(response.headers, "content-type")).toBe("text/plain; charset=utf-8");
  });

  test("looks at all Accept fields", () => {
    const response = answer("no_route", ["accept", "text/html", "accept", "application/json"]);
    expect(headerValue(response.headers, "content-type")).toBe("application/json");
  });

  test("carries the request id and forbids to keep the answer", () => {
    const { headers } = answer("bad_path");
    expect(headerValue(headers, "x-request-id")).toBe(ID);
    expect(headerValue(headers, "cache-control")).toBe("no-store");
  });

  test.each<[FailureReason, string, string]>([
    ["method_not_allowed", "allow", "GET, HEAD"],
    ["method_not_forwarded", "allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"],
    ["upgrade_not_supported", "upgrade", "websocket"],
    ["connection_limit", "retry-after", "1"],
    ["upstream_queue_full", "retry-after", "1"],
    ["upstream_queue_timeout", "retry-after", "1"],
    ["no_healthy_upstream", "retry-after", "1"],
    ["shutting_down", "retry-after", "1"],
  ])("completes %s by %s", (reason, name, value) => {
    expect(headerValue(answer(reason).headers, name)).toBe(value);
  });

  test("gives each answer fields of its own, for rules to edit", () => {
    answer("no_route").headers.push("x", "y");
    expect(headerValue(answer("no_route").headers, "x")).toBeUndefined();
  });
});

describe("failureReason", () => {
  test("takes the reason of a ProxError, and blames Prox for anything else", () => {
    expect(failureReason(new ProxError("upstream_reset", "upstream"))).toBe("upstream_reset");
    expect(failureReason(new TypeError("x"))).toBe("internal_error");
    expect(failureReason("thrown text")).toBe("internal_error");
  });
});
