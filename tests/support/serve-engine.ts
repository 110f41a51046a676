import { startServeEngine as start } from "../../src/adapters/serve/serve-engine.ts";
import { systemClock } from "../../src/adapters/system/clock.ts";
import type { ExchangeHandler } from "../../src/ports/exchange.ts";
import type { Engine } from "../../src/ports/listener.ts";
import type { WireEngineOptions } from "./wire-engine.ts";

/** Starts the serve engine on a free loopback port, with Prox's defaults; what it has no setting for is ignored. */
export function startServeEngine(
  handler: ExchangeHandler,
  options: WireEngineOptions = {},
): Engine {
  return start({
    hostname: options.hostname ?? "127.0.0.1",
    port: 0,
    handler,
    clock: systemClock,
    log: { log: options.log ?? (() => {}) },
    limits: {
      maxUriBytes: options.maxUriBytes ?? 8192,
      maxHeaderBytes: options.maxHeaderBytes ?? 16_384,
      maxHeaderCount: options.maxHeaderCount ?? 100,
    },
    timeouts: {
      requestBody: options.requestBody ?? 60_000,
      idle: options.idle ?? 300_000,
      keepAlive: options.keepAlive ?? 75_000,
    },
  });
}
