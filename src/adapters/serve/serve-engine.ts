import http from "node:http";
import type { Server } from "bun";
import type { Engine } from "../../ports/listener.ts";
import { ServeExchange } from "./serve-exchange.ts";
import { type ServeEngineOptions, type ServeLimits, ServeShared } from "./shared.ts";

/** The runtime's own limit on a head, target included; a lower one is kept by the engine. */
const RUNTIME_HEAD_BYTES = 16 * 1024;
/** Request line and field lines without what `limits` count. */
const HEAD_SLACK = 1024;

/**
 * Starts the HTTP/1.1 engine of the runtime, `Bun.serve`. It cannot keep all that the wire engine
 * does: tests/contract/http1-engine names each difference, and `prox validate` warns of them.
 * @throws the system's error when the address cannot be opened
 */
export function startServeEngine(options: ServeEngineOptions): Engine {
  const shared = new ServeShared(options);
  allowHeads(options.limits);
  const server = Bun.serve({
    hostname: options.hostname,
    port: options.port,
    development: false,
    idleTimeout: shared.keepAliveSeconds,
    // Bodies stream, and the core counts them.
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    fetch: (raw, self) => new ServeExchange(shared, raw, self).begin(),
    error(cause) {
      shared.log.log("error", "serve engine failed", { error: String(cause) });
      return new Response(null, { status: 500 });
    },
  });
  const stopTicking = shared.startTicking();
  return {
    hostname: options.hostname,
    port: server.port ?? 0,
    get connections() {
      return shared.open.size;
    },
    async drain(signal) {
      shared.draining = true;
      await stopped(server, shared, signal);
      stopTicking();
    },
  };
}

/** The runtime reads this when a server starts; it holds for the whole process, so it only grows. */
function allowHeads({ maxUriBytes, maxHeaderBytes }: ServeLimits): void {
  const wanted = Math.max(RUNTIME_HEAD_BYTES, maxUriBytes + maxHeaderBytes + HEAD_SLACK);
  const settings: { maxHeaderSize: number } = http;
  if (settings.maxHeaderSize < wanted) settings.maxHeaderSize = wanted;
}

/** Resolves when the last exchange is over, or when `signal` has cut what was left. */
function stopped(
  server: Server<undefined>,
  shared: ServeShared,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    const cut = (): void => {
      for (const exchange of [...shared.open]) exchange.cut();
      // At once it would end the connections in order, and what was cut could pass for complete.
      setImmediate(() => {
        void server.stop(true);
        resolve();
      });
    };
    if (signal.aborted) {
      cut();
      return;
    }
    signal.addEventListener("abort", cut, { once: true });
    void server.stop().then(() => {
      signal.removeEventListener("abort", cut);
      resolve();
    });
  });
}
