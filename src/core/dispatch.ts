import type { Clock } from "../ports/clock.ts";
import type {
  ExchangeHandler,
  ExchangeRequest,
  ExchangeResponse,
  Refusal,
} from "../ports/exchange.ts";
import { Exchange } from "./exchange.ts";
import type { Generation } from "./generation.ts";
import { resolveClient } from "./headers/client.ts";
import { type NormalisedTarget, normalisePath } from "./routing/path.ts";

/** Target of `OPTIONS *`, which asks about the server as a whole (RFC 9110, 9.3.7). */
const SERVER_WIDE = "*";

/** Hands each request to the pipeline of its route; every answer that leaves is observed. */
export class Dispatch implements ExchangeHandler {
  readonly #generation: Generation;
  readonly #clock: Clock;

  constructor(generation: Generation, clock: Clock) {
    this.#generation = generation;
    this.#clock = clock;
  }

  handle(request: ExchangeRequest): ExchangeResponse | Promise<ExchangeResponse> {
    const generation = this.#generation;
    const serverWide = request.pathAndQuery === SERVER_WIDE;
    const target = serverWide ? null : normalisePath(request.pathAndQuery);
    const exchange = this.#begin(generation, request, target ?? rawTarget(request.pathAndQuery));
    if (target === null) {
      return exchange.observe(serverWide ? serverOptions() : exchange.refuse("bad_path"));
    }
    const route = generation.routes.match(hostname(request.authority), target.path);
    if (route === null) return exchange.observe(exchange.refuse("no_route"));
    exchange.route = route.key;
    try {
      const response = route.handler(exchange);
      return response instanceof Promise ? settle(exchange, response) : exchange.observe(response);
    } catch (error) {
      return exchange.observe(exchange.fail(error));
    }
  }

  refuse(refusal: Refusal): ExchangeResponse {
    const request = new RefusedRequest(refusal);
    const exchange = this.#begin(this.#generation, request, rawTarget(refusal.target));
    return exchange.observe(exchange.refuse(refusal.reason));
  }

  #begin(generation: Generation, request: ExchangeRequest, target: NormalisedTarget): Exchange {
    return new Exchange(request, resolveClient(request, generation.trustedProxies), target, {
      wallTime: this.#clock.wallTime(),
      recorder: generation.recorder,
    });
  }
}

async function settle(
  exchange: Exchange,
  pending: Promise<ExchangeResponse>,
): Promise<ExchangeResponse> {
  try {
    return exchange.observe(await pending);
  } catch (error) {
    return exchange.observe(exchange.fail(error));
  }
}

/** What could be read of a request that never became one, so that it is logged like the others. */
class RefusedRequest implements ExchangeRequest {
  readonly method: string;
  readonly target: string;
  readonly scheme: "http" | "https";
  readonly authority = "";
  readonly protocol = "HTTP/1.1";
  readonly headers: string[];
  readonly body = null;
  readonly connection: Refusal["connection"];
  readonly startedAt: number;
  readonly aborted = false;
  abortListener = null;

  constructor(refusal: Refusal) {
    this.method = refusal.method;
    this.target = refusal.target;
    this.scheme = refusal.scheme;
    this.headers = refusal.headers;
    this.connection = refusal.connection;
    this.startedAt = refusal.startedAt;
  }

  get pathAndQuery(): string {
    return this.target;
  }

  inform(): void {
    // Nothing goes before a refusal.
  }
}

/** Path and query as they came, for the log of what was refused. */
function rawTarget(target: string): NormalisedTarget {
  const mark = target.indexOf("?");
  if (mark === -1) return { path: target, query: "" };
  return { path: target.slice(0, mark), query: target.slice(mark) };
}

function serverOptions(): ExchangeResponse {
  const allow = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
  return { status: 204, headers: ["allow", allow], body: null };
}

/** Takes the port and the dot of a fully qualified name off an authority. */
export function hostname(authority: string): string {
  const colon = authority.lastIndexOf(":");
  const end = colon === -1 || authority.endsWith("]") ? authority.length : colon;
  return authority.slice(0, authority[end - 1] === "." ? end - 1 : end);
}
