import type { ByteStream } from "../../../ports/byte-stream.ts";
import type { Dialler, DialWaiter } from "../../../ports/dialler.ts";
import { ProxError } from "../../../ports/failure.ts";
import type {
  UpstreamAddress,
  UpstreamClient,
  UpstreamRequest,
  UpstreamResponse,
} from "../../../ports/upstream-client.ts";
import type { HeadLimits } from "../codec/message.ts";
import { Connection, type ConnectionKeeper } from "./connection.ts";
import { Exchange, type ExchangeHost, unsent } from "./exchange.ts";
import type { UpstreamDeadlines } from "./upstream-deadlines.ts";

/** Bounds of one upstream's connections. */
export interface UpstreamLimits {
  /** Connections at the same time, idle ones included. */
  readonly maxConnections: number;
  /** Requests that wait for one of them. */
  readonly maxQueued: number;
  /** Idle connections that are kept. */
  readonly maxIdle: number;
  /** How long an idle connection is kept, milliseconds; 0 = for ever. */
  readonly idleTimeout: number;
  /** Bytes of an answer's field lines, and of its trailers. */
  readonly maxHeaderBytes: number;
  /** Fields of an answer. */
  readonly maxHeaderCount: number;
}

/** What a client has in hand, for the status page and for tests. */
export interface UpstreamCounts {
  readonly idle: number;
  readonly active: number;
  readonly connecting: number;
  readonly queued: number;
}

/** A client that tells what it has in hand. */
export interface CountedUpstreamClient extends UpstreamClient {
  counts(): UpstreamCounts;
}

export interface UpstreamClientOptions {
  readonly address: UpstreamAddress;
  readonly dialler: Dialler;
  /** Shared by all clients of a worker. */
  readonly deadlines: UpstreamDeadlines;
  readonly limits?: Partial<UpstreamLimits>;
}

const DEFAULT_LIMITS: UpstreamLimits = {
  maxConnections: 256,
  maxQueued: 1024,
  maxIdle: 256,
  idleTimeout: 60_000,
  maxHeaderBytes: 64 * 1024,
  maxHeaderCount: 256,
};

/** Creates the client of one upstream. */
export function createUpstreamClient(options: UpstreamClientOptions): CountedUpstreamClient {
  return new PooledUpstreamClient(options);
}

class PooledUpstreamClient implements CountedUpstreamClient, ConnectionKeeper, ExchangeHost {
  readonly deadlines: UpstreamDeadlines;
  readonly #limits: UpstreamLimits;
  readonly #headLimits: HeadLimits;
  readonly #begin: (waiter: DialWaiter) => ReturnType<Dialler["dial"]>;
  /** The last one used is the first to be used again, so that a surplus grows old and is closed. */
  readonly #idle: Connection[] = [];
  /** First in, first out; leaving from the middle is cheap. */
  readonly #queue = new Set<Exchange>();
  #active = 0;
  #connecting = 0;
  #closed = false;

  constructor({ address, dialler, deadlines, limits }: UpstreamClientOptions) {
    this.deadlines = deadlines;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
    const { maxHeaderBytes, maxHeaderCount } = this.#limits;
    this.#headLimits = { maxUriBytes: 0, maxHeaderBytes, maxHeaderCount };
    this.#begin = (waiter) => dialler.dial(address, waiter);
  }

  send(request: UpstreamRequest): Promise<UpstreamResponse> {
    return new Promise((resolve, reject) => {
      if (this.#closed) {
        reject(new ProxError("shutting_down", "internal", { requestSent: false }));
        return;
      }
      this.acquire(new Exchange(request, this, resolve, reject));
    });
  }

  close(): void {
    this.#closed = true;
    for (const connection of this.#idle.slice()) connection.close();
  }

  counts(): UpstreamCounts {
    return {
      idle: this.#idle.length,
      active: this.#active,
      connecting: this.#connecting,
      queued: this.#queue.size,
    };
  }

  // For exchanges

  acquire(exchange: Exchange): void {
    const connection = this.#idle.pop();
    if (connection !== undefined) {
      connection.pooled = false;
      connection.deadline.disarm();
      this.#active += 1;
      exchange.reuse(connection);
    } else if (this.#active + this.#connecting < this.#limits.maxConnections) {
      this.#connecting += 1;
      exchange.dial(this.#begin);
    } else if (this.#queue.size < this.#limits.maxQueued) {
      this.#queue.add(exchange);
      exchange.queue();
    } else {
      exchange.failed(unsent("upstream_queue_full"));
    }
  }

  leaveQueue(exchange: Exchange): void {
    this.#queue.delete(exchange);
  }

  connected(stream: ByteStream): Connection {
    this.#connecting -= 1;
    this.#active += 1;
    return new Connection(stream, this, this.deadlines, this.#headLimits);
  }

  dialEnded(): void {
    this.#connecting -= 1;
    this.#serveQueue();
  }

  // For connections

  released(connection: Connection): void {
    const next = this.#nextQueued();
    if (next !== undefined) {
      next.reuse(connection);
      return;
    }
    if (this.#closed || this.#idle.length >= this.#limits.maxIdle) {
      connection.close();
      return;
    }
    this.#active -= 1;
    connection.pooled = true;
    this.#idle.push(connection);
    this.deadlines.arm(connection.deadline, this.#limits.idleTimeout);
  }

  lost(connection: Connection): void {
    if (connection.pooled) {
      connection.pooled = false;
      this.#idle.splice(this.#idle.indexOf(connection), 1);
      return;
    }
    this.#active -= 1;
    this.#serveQueue();
  }

  #serveQueue(): void {
    const next = this.#nextQueued();
    if (next !== undefined) this.acquire(next);
  }

  #nextQueued(): Exchange | undefined {
    if (this.#queue.size === 0) return undefined;
    for (const exchange of this.#queue) {
      this.#queue.delete(exchange);
      return exchange;
    }
    return undefined;
  }
}
