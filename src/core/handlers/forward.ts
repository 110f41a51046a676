import type { Clock } from "../../ports/clock.ts";
import type {
  AbortListener,
  Body,
  ExchangeRequest,
  ExchangeResponse,
  HeaderList,
} from "../../ports/exchange.ts";
import { ProxError } from "../../ports/failure.ts";
import type {
  UpstreamRequest,
  UpstreamResponse,
  UpstreamTimeouts,
} from "../../ports/upstream-client.ts";
import { headerValue } from "../../utils/header-list.ts";
import type { ExchangeContext, Handler } from "../context.ts";
import { addBrowserDefaults } from "../headers/browser-defaults.ts";
import { buildUpstreamHeaders } from "../headers/forwarded.ts";
import { buildResponseHeaders } from "../headers/response-fields.ts";
import { limitBody } from "../middleware/body-limit.ts";
import type { RequestBodyOps } from "../transform/body-ops.ts";
import type { RequestHeaderOps } from "../transform/header-ops.ts";
import { mayRetry, RETRY_ATTEMPTS } from "../upstream/retry.ts";
import type { SelectionPolicy } from "../upstream/selection/policy.ts";
import type { Upstream } from "../upstream/upstream.ts";

/** What a `proxy` or `load_balance` route is compiled to. */
export interface ForwardOptions {
  /** At least one. */
  readonly upstreams: readonly Upstream[];
  /** Chooses among the upstreams by index. */
  readonly selection: SelectionPolicy;
  readonly timeouts: UpstreamTimeouts;
  /** Bytes; 0 = none. */
  readonly maxRequestBody: number;
  readonly browserHeaders: boolean;
  readonly headerOps: RequestHeaderOps | null;
  readonly bodyOps: RequestBodyOps | null;
  readonly clock: Clock;
}

/** Creates the handler that sends a request to an upstream and streams its answer back. */
export function createForward(options: ForwardOptions): Handler {
  return (context) => forward(options, context);
}

async function forward(
  options: ForwardOptions,
  context: ExchangeContext,
): Promise<ExchangeResponse> {
  const { request } = context;
  refuseUnforwardable(request);
  const body = limitBody(request.body, options.maxRequestBody);
  let chosen = options.selection.pick();
  for (let attempt = 0; ; attempt += 1) {
    const upstream = options.upstreams[chosen];
    if (upstream === undefined) throw new ProxError("no_healthy_upstream", "upstream");
    context.upstream = upstream.url;
    const sentAt = options.clock.now();
    try {
      const response = await upstream.client.send(buildTry(options, context, upstream, body));
      context.connectMs = response.connectMs;
      context.firstByteMs = options.clock.now() - sentAt;
      return answer(context, response);
    } catch (error) {
      if (attempt >= RETRY_ATTEMPTS || request.aborted || !mayRetry(error, request.method, body))
        throw error;
      context.retries += 1;
      chosen = options.selection.pick(chosen);
    }
  }
}

/** TRACE would show other hops' fields to the client, CONNECT opens tunnels (RFC 9110, 9.3.6 and 9.3.8). */
function refuseUnforwardable(request: ExchangeRequest): void {
  if (request.method === "TRACE" || request.method === "CONNECT") {
    throw new ProxError("method_not_forwarded", "downstream");
  }
}

function buildTry(
  options: ForwardOptions,
  context: ExchangeContext,
  upstream: Upstream,
  body: Body,
): UpstreamRequest {
  const { request } = context;
  const headers = buildUpstreamHeaders(
    context,
    // HTTP/1.0 clients may name no host; HTTP/1.1 upstreams must be told one (RFC 9112, 3.2).
    upstream.preserveHost && request.authority !== "" ? request.authority : upstream.authority,
  );
  if (options.browserHeaders) addBrowserDefaults(headers);
  options.headerOps?.(context, headers);
  const sent = options.bodyOps === null ? body : options.bodyOps(context, headers, body);
  const target = upstream.rewritePath(context.path) + context.query;
  return new Try(request, target, headers, sent, options.timeouts);
}

/** One try at one upstream; interim answers and the client's leaving pass through to the exchange. */
class Try implements UpstreamRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: HeaderList;
  readonly body: Body;
  readonly expectContinue: boolean;
  readonly timeouts: UpstreamTimeouts;
  readonly #request: ExchangeRequest;

  constructor(
    request: ExchangeRequest,
    target: string,
    headers: HeaderList,
    body: Body,
    timeouts: UpstreamTimeouts,
  ) {
    this.method = request.method;
    this.target = target;
    this.headers = headers;
    this.body = body;
    this.expectContinue = body !== null && headerValue(headers, "expect") !== undefined;
    this.timeouts = timeouts;
    this.#request = request;
  }

  inform(status: number, headers: HeaderList): void {
    this.#request.inform(status, buildResponseHeaders(headers));
  }

  get abortListener(): AbortListener | null {
    return this.#request.abortListener;
  }

  set abortListener(listener: AbortListener | null) {
    this.#request.abortListener = listener;
  }
}

function answer(context: ExchangeContext, response: UpstreamResponse): ExchangeResponse {
  const headers = buildResponseHeaders(response.headers);
  if (context.request.method === "HEAD" || response.status === 304) {
    // The length that a GET would have had: there is no body to derive it from (RFC 9110, 8.6).
    const length = headerValue(response.headers, "content-length");
    if (length !== undefined) headers.push("content-length", length);
  }
  return { status: response.status, headers, body: response.body };
}
