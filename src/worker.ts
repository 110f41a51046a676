import { createResolver } from "./adapters/dns/resolver.ts";
import { createLocalFileTree } from "./adapters/files/local-file-tree.ts";
import { createUpstreamClient } from "./adapters/http1/client/upstream-client.ts";
import { UpstreamDeadlines } from "./adapters/http1/client/upstream-deadlines.ts";
import type { HeadLimits } from "./adapters/http1/codec/message.ts";
import { Http1Server, wireEngine } from "./adapters/http1/server/http1-server.ts";
import { startServeEngine } from "./adapters/serve/serve-engine.ts";
import {
  type DescriptorCalls,
  descriptorLimit,
  openDescriptorCalls,
} from "./adapters/system/libc.ts";
import { createDialler } from "./adapters/tcp/dial.ts";
import { listenTcp } from "./adapters/tcp/listen.ts";
import { Dispatch } from "./core/dispatch.ts";
import { createGeneration } from "./core/generation.ts";
import type { Plan } from "./core/model.ts";
import type { Clock } from "./ports/clock.ts";
import type { Dialler } from "./ports/dialler.ts";
import type { ExchangeHandler } from "./ports/exchange.ts";
import type { Engine } from "./ports/listener.ts";
import type { LineSink, Logger } from "./ports/logger.ts";
import type { UpstreamAddress, UpstreamClient } from "./ports/upstream-client.ts";

/** What a worker is given. */
export interface WorkerPorts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** null = no access log. */
  readonly accessLog: LineSink | null;
}

/** A running worker. */
export interface Worker {
  /** The real port, also where 0 was asked for. */
  readonly port: number;
  /** Client connections open now. */
  readonly connections: number;
  /** Drains the engine as `Engine.drain` does, then closes the connections to upstreams. */
  drain(signal: AbortSignal): Promise<void>;
}

/** Fields of one head; more are of no use to anybody but an attacker. */
const MAX_HEADER_COUNT = 100;
/** Descriptors kept for upstreams, files and logs, as a share of all. */
const CLIENT_SHARE_OF_DESCRIPTORS = 0.5;
const FALLBACK_DESCRIPTORS = 1024;

/**
 * Starts the engine of a plan over one generation.
 * @throws the system's error when the address cannot be opened
 */
export function startWorker(plan: Plan, ports: WorkerPorts): Worker {
  const { clock } = ports;
  const descriptors = openDescriptorCalls((message) => ports.logger.log("warn", message));
  const clients = new UpstreamClients(clock, descriptors);
  const generation = createGeneration(plan, {
    ...ports,
    upstreamClient: (address, maxConnections) => clients.get(address, maxConnections),
    fileTree: createLocalFileTree,
  });
  const handler = new Dispatch(generation, clock);
  const engine =
    plan.engine === "serve"
      ? startServeEngine({
          ...plan.listen,
          handler,
          clock,
          log: ports.logger,
          limits: headLimits(plan),
          timeouts: plan.timeouts,
        })
      : startWireEngine(plan, handler, { ...ports, descriptors });
  return {
    port: engine.port,
    get connections() {
      return engine.connections;
    },
    async drain(signal) {
      await engine.drain(signal);
      clients.close();
    },
  };
}

/** One client for each upstream: routes that name the same one share its connections. */
class UpstreamClients {
  readonly #clients = new Map<string, UpstreamClient>();
  readonly #dialler: Dialler;
  readonly #deadlines: UpstreamDeadlines;

  constructor(clock: Clock, descriptors: DescriptorCalls | null) {
    this.#dialler = createDialler(createResolver(), descriptors ?? {});
    this.#deadlines = new UpstreamDeadlines(clock);
  }

  get(address: UpstreamAddress, maxConnections: number): UpstreamClient {
    const key = `${maxConnections} ${address.id}`;
    let client = this.#clients.get(key);
    if (client === undefined) {
      client = createUpstreamClient({
        address,
        dialler: this.#dialler,
        deadlines: this.#deadlines,
        limits: { maxConnections },
      });
      this.#clients.set(key, client);
    }
    return client;
  }

  close(): void {
    for (const client of this.#clients.values()) client.close();
    this.#deadlines.stop();
  }
}

function startWireEngine(
  plan: Plan,
  handler: ExchangeHandler,
  { clock, logger, descriptors }: WorkerPorts & { readonly descriptors: DescriptorCalls | null },
): Engine {
  const { limits, timeouts } = plan;
  const server = new Http1Server({
    handler,
    clock,
    log: logger,
    scheme: "http",
    limits: headLimits(plan),
    timeouts,
  });
  const listener = listenTcp(
    {
      ...plan.listen,
      maxConnections: limits.maxConnections,
      maxConnectionsPerIp: limits.maxConnectionsPerIp,
      maxOpen: Math.floor(descriptorLimit(FALLBACK_DESCRIPTORS) * CLIENT_SHARE_OF_DESCRIPTORS),
      descriptors,
      log: logger,
    },
    server,
  );
  return wireEngine(listener, server);
}

function headLimits({ limits }: Plan): HeadLimits {
  const { maxUriBytes, maxHeaderBytes } = limits;
  return { maxUriBytes, maxHeaderBytes, maxHeaderCount: MAX_HEADER_COUNT };
}
