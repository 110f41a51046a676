import { bench, do_not_optimize, run, summary } from "mitata";
import type { ExchangeContext } from "../../src/core/context.ts";
import { resolveClient } from "../../src/core/headers/client.ts";
import { buildUpstreamHeaders } from "../../src/core/headers/forwarded.ts";
import { buildResponseHeaders } from "../../src/core/headers/response-fields.ts";
import type { ExchangeRequest } from "../../src/ports/exchange.ts";
import { createCidrSet } from "../../src/utils/ip.ts";

const BROWSER_REQUEST = [
  ...["host", "www.example.com", "user-agent", "Mozilla/5.0 (X11; Linux x86_64)", "accept", "*/*"],
  ...["accept-language", "en-US,en;q=0.9", "accept-encoding", "gzip, deflate, br"],
  ...["connection", "keep-alive", "cookie", "session=0123456789abcdef", "x-custom", "1"],
  ...["referer", "https://www.example.com/"],
];
const RESPONSE = [
  ...["date", "Sun, 06 Nov 1994 08:49:37 GMT", "content-type", "text/html", "content-length", "9"],
  ...["connection", "keep-alive", "etag", '"abc"', "cache-control", "no-cache", "server", "x"],
];
const NOBODY = createCidrSet([]);
const LOOPBACK = createCidrSet(["127.0.0.0/8"]);

/** Registers what the passes over the fields of a request and of an answer cost. */
export function benchHeaders(): void {
  const request = requestOf(BROWSER_REQUEST);
  const forwarded = requestOf([...BROWSER_REQUEST, "x-forwarded-for", "203.0.113.9"]);
  const context = contextOf(request);
  summary(() => {
    bench("resolve an untrusted client", () => do_not_optimize(resolveClient(request, NOBODY)));
    bench("resolve a trusted client", () => do_not_optimize(resolveClient(forwarded, LOOPBACK)));
    bench("request fields, 9", () => do_not_optimize(buildUpstreamHeaders(context, "up:8080")));
    bench("response fields, 7", () => do_not_optimize(buildResponseHeaders(RESPONSE)));
  });
}

function requestOf(headers: string[]): ExchangeRequest {
  return {
    method: "GET",
    target: "/",
    pathAndQuery: "/",
    scheme: "http",
    authority: "www.example.com",
    protocol: "HTTP/1.1",
    headers,
    body: null,
    connection: { remoteAddress: "127.0.0.1", localPort: 80 },
    startedAt: 0,
    aborted: false,
    abortListener: null,
    inform() {},
  };
}

function contextOf(request: ExchangeRequest): ExchangeContext {
  return {
    request,
    connection: request.connection,
    ...resolveClient(request, NOBODY),
    path: "/",
    query: "",
    route: "",
    upstream: "",
    failure: null,
    retries: 0,
    connectMs: 0,
    firstByteMs: 0,
    wallTime: 0,
    fail(error) {
      throw error;
    },
  };
}

if (import.meta.main) {
  benchHeaders();
  await run();
}
