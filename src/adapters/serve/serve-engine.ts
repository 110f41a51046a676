import type { Server } from "bun";
import type { Clock } from "../../ports/clock.ts";
import type { ExchangeHandler, ExchangeResponse } from "../../ports/exchange.ts";
import type { Engine } from "../../ports/listener.ts";
import { ServeRequest } from "./request.ts";
import { toResponse } from "./response.ts";

export interface ServeEngineOptions {
  /** IP literal without brackets. */
  readonly hostname: string;
  /** 0 = any free port. */
  readonly port: number;
  readonly handler: ExchangeHandler;
  readonly clock: Clock;
  /** Milliseconds without a byte before a connection is closed; 0 = never. */
  readonly idle: number;
}

/** The most that Bun.serve accepts, in seconds. */
const MAX_IDLE_SECONDS = 255;
/** `host[:port]` that can be read in one way only; user information is refused. */
const AUTHORITY = /^(?:[a-z0-9._~!$&'()*+;=%-]+|\[[0-9a-f:.]+\])(?::[0-9]{0,5})?$/;

/**
 * Starts the HTTP/1.1 engine of the runtime, `Bun.serve`. It cannot keep all that the wire engine
 * does: tests/contract/http1-engine names each difference, and `prox validate` warns of them.
 * @throws the system's error when the address cannot be opened
 */
export function startServeEngine(options: ServeEngineOptions): Engine {
  const { handler, clock } = options;
  let draining = false;
  const server = Bun.serve({
    hostname: options.hostname,
    port: options.port,
    idleTimeout: Math.min(MAX_IDLE_SECONDS, Math.ceil(options.idle / 1000)),
    // Bodies stream, and the core counts them.
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    fetch(raw, self) {
      const request = new ServeRequest(raw, self, clock.now());
      const answer = mayPass(request) ? handler.handle(request) : refused(handler, request);
      if (!(answer instanceof Promise)) return toResponse(request, answer, draining);
      return answer.then(
        (later) => toResponse(request, later, draining),
        () => toResponse(request, refused(handler, request, "internal_error"), draining),
      );
    },
    error: () => new Response(null, { status: 500 }),
  });
  return {
    hostname: options.hostname,
    port: server.port ?? 0,
    get connections() {
      return server.pendingRequests;
    },
    async drain(signal) {
      draining = true;
      await stopped(server, signal);
    },
  };
}

/**
 * Bun.serve reads the body of a GET off and hides it: forwarding the rest would change the request,
 * so it is refused.
 */
function mayPass(request: ServeRequest): boolean {
  if (!AUTHORITY.test(request.authority)) return false;
  if (request.body !== null || (request.method !== "GET" && request.method !== "HEAD")) return true;
  return !request.headers.some(
    (name, index) =>
      index % 2 === 0 &&
      (name === "transfer-encoding" ||
        (name === "content-length" && request.headers[index + 1] !== "0")),
  );
}

function refused(
  handler: ExchangeHandler,
  request: ServeRequest,
  reason: "malformed_request" | "internal_error" = "malformed_request",
): ExchangeResponse {
  const { method, target, headers, connection, scheme, startedAt } = request;
  return handler.refuse({ reason, method, target, headers, connection, scheme, startedAt });
}

async function stopped(server: Server<undefined>, signal: AbortSignal): Promise<void> {
  const cut = () => void server.stop(true);
  signal.addEventListener("abort", cut, { once: true });
  await Promise.race([
    server.stop(),
    new Promise<void>((resolve) =>
      signal.addEventListener("abort", () => resolve(), { once: true }),
    ),
  ]);
  signal.removeEventListener("abort", cut);
}
