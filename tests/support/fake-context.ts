import type { ExchangeContext } from "../../src/core/context.ts";
import type { ExchangeRequest } from "../../src/ports/exchange.ts";

/** Builds a request as an engine would, with what a test cares about put in. */
export function fakeRequest(given: Partial<ExchangeRequest> = {}): ExchangeRequest {
  return {
    method: "GET",
    target: "/",
    pathAndQuery: "/",
    scheme: "http",
    authority: "example.com",
    protocol: "HTTP/1.1",
    headers: [],
    body: null,
    connection: { remoteAddress: "192.0.2.7", localPort: 80 },
    startedAt: 0,
    aborted: false,
    abortListener: null,
    inform() {},
    ...given,
  };
}

/** Builds a context of an untrusted client's request, with what a test cares about put in. */
export function fakeContext(
  given: Partial<ExchangeContext> = {},
  request: Partial<ExchangeRequest> = {},
): ExchangeContext {
  const made = given.request ?? fakeRequest(request);
  return {
    request: made,
    connection: made.connection,
    clientIp: made.connection.remoteAddress,
    peerTrusted: false,
    scheme: made.scheme,
    host: made.authority,
    requestId: "0123456789abcdef0123456789abcdef",
    path: "/",
    query: "",
    route: "",
    upstream: "",
    failure: null,
    retries: 0,
    connectMs: 0,
    firstByteMs: 0,
    traceId: "fedcba9876543210fedcba9876543210",
    wallTime: 1_700_000_000_123,
    fail(error) {
      throw error;
    },
    ...given,
  };
}
