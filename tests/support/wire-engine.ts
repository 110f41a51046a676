import { Http1Server, wireEngine } from "../../src/adapters/http1/server/http1-server.ts";
import { systemClock } from "../../src/adapters/system/clock.ts";
import { openDescriptorCalls } from "../../src/adapters/system/libc.ts";
import { listenTcp } from "../../src/adapters/tcp/listen.ts";
import type { ExchangeHandler } from "../../src/ports/exchange.ts";
import type { Engine } from "../../src/ports/listener.ts";
import type { LogLevel } from "../../src/ports/logger.ts";

export interface WireEngineOptions {
  readonly requestHeader?: number;
  readonly requestBody?: number;
  readonly idle?: number;
  readonly keepAlive?: number;
  readonly linger?: number;
  readonly maxConnections?: number;
  readonly maxConnectionsPerIp?: number;
  readonly maxOpen?: number;
  readonly maxUriBytes?: number;
  readonly maxHeaderBytes?: number;
  readonly maxHeaderCount?: number;
  readonly hostname?: string;
  readonly log?: (level: LogLevel, message: string) => void;
}

/** Starts the wire engine on a free loopback port, with Prox's defaults. */
export function startWireEngine(handler: ExchangeHandler, options: WireEngineOptions = {}): Engine {
  const log = { log: options.log ?? (() => {}) };
  const server = new Http1Server({
    handler,
    clock: systemClock,
    log,
    scheme: "http",
    limits: {
      maxUriBytes: options.maxUriBytes ?? 8192,
      maxHeaderBytes: options.maxHeaderBytes ?? 16_384,
      maxHeaderCount: options.maxHeaderCount ?? 100,
    },
    timeouts: {
      requestHeader: options.requestHeader ?? 10_000,
      requestBody: options.requestBody ?? 60_000,
      idle: options.idle ?? 300_000,
      keepAlive: options.keepAlive ?? 75_000,
      ...(options.linger === undefined ? {} : { linger: options.linger }),
    },
  });
  const listener = listenTcp(
    {
      hostname: options.hostname ?? "127.0.0.1",
      port: 0,
      maxConnections: options.maxConnections ?? 10_000,
      maxConnectionsPerIp: options.maxConnectionsPerIp ?? 0,
      maxOpen: options.maxOpen ?? 20_000,
      descriptors: openDescriptorCalls(() => {}),
      log,
    },
    server,
  );
  return wireEngine(listener, server);
}
