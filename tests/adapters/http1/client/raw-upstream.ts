import { createResolver } from "../../../../src/adapters/dns/resolver.ts";
import {
  type CountedUpstreamClient,
  createUpstreamClient,
  type UpstreamLimits,
} from "../../../../src/adapters/http1/client/upstream-client.ts";
import { UpstreamDeadlines } from "../../../../src/adapters/http1/client/upstream-deadlines.ts";
import { systemClock } from "../../../../src/adapters/system/clock.ts";
import { createDialler } from "../../../../src/adapters/tcp/dial.ts";
import type { Clock } from "../../../../src/ports/clock.ts";
import type { Dialler } from "../../../../src/ports/dialler.ts";
import type {
  AbortListener,
  Body,
  BodyStream,
  HeaderList,
} from "../../../../src/ports/exchange.ts";
import { ProxError } from "../../../../src/ports/failure.ts";
import type {
  UpstreamAddress,
  UpstreamRequest,
  UpstreamTimeouts,
} from "../../../../src/ports/upstream-client.ts";

/** Resolves when `condition` holds; the test's own limit ends a wait that never does. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await Bun.sleep(1);
}

/** Waits until a number that something moves stands still. */
export async function stops(value: () => number): Promise<void> {
  for (let still = 0, before = -1; still < 10; still++) {
    if (value() !== before) still = 0;
    before = value();
    await Bun.sleep(1);
  }
}

/** One connection as the scripted upstream sees it. */
export class RawConnection {
  received = "";
  bytes = 0;
  /** The peer has closed its direction. */
  ended = false;
  closed = false;
  #unsent: Uint8Array[] = [];
  readonly #socket: Bun.Socket<RawConnection>;

  constructor(socket: Bun.Socket<RawConnection>) {
    this.#socket = socket;
  }

  /** Waits until the peer has sent a text. */
  async gets(text: string): Promise<void> {
    await until(() => this.received.includes(text) || this.closed);
    if (!this.received.includes(text)) throw new Error(`closed after ${this.received}`);
  }

  /** Waits until the peer is gone. */
  async gone(): Promise<void> {
    await until(() => this.closed || this.ended);
  }

  send(what: string | Uint8Array): void {
    this.#unsent.push(typeof what === "string" ? Buffer.from(what, "latin1") : what);
    this.flush();
  }

  flush(): void {
    for (let first = this.#unsent[0]; first !== undefined; first = this.#unsent[0]) {
      const taken = this.#socket.write(first);
      if (taken < first.length) {
        this.#unsent[0] = first.subarray(Math.max(taken, 0));
        return;
      }
      this.#unsent.shift();
    }
  }

  get unsent(): number {
    return this.#unsent.reduce((sum, part) => sum + part.length, 0);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  reset(): void {
    this.#socket.terminate();
  }
}

export interface RawUpstreamOptions {
  readonly accepted?: (connection: RawConnection) => void;
  /** Keeps the text that came; off for large transfers. Default true. */
  readonly keep?: boolean;
  readonly tls?: Bun.TLSOptions;
  readonly unix?: string;
}

/** An upstream of which the test writes every byte. */
export class RawUpstream {
  readonly connections: RawConnection[] = [];
  readonly #listener: Bun.SocketListener<RawConnection>;
  readonly #keep: boolean;

  constructor(options: RawUpstreamOptions = {}) {
    this.#keep = options.keep ?? true;
    const common = {
      allowHalfOpen: true,
      socket: this.#handlers(options.accepted),
      ...(options.tls === undefined ? {} : { tls: options.tls }),
    };
    this.#listener =
      options.unix === undefined
        ? Bun.listen<RawConnection>({ ...common, hostname: "127.0.0.1", port: 0 })
        : Bun.listen<RawConnection>({ ...common, unix: options.unix });
  }

  get port(): number {
    return "port" in this.#listener ? Number(this.#listener.port) : 0;
  }

  /** Waits for the nth connection. */
  async connection(index = 0): Promise<RawConnection> {
    await until(() => this.connections.length > index);
    const connection = this.connections[index];
    if (connection === undefined) throw new Error("unreachable");
    return connection;
  }

  [Symbol.dispose](): void {
    this.#listener.stop(true);
  }

  #handlers(accepted?: (connection: RawConnection) => void): Bun.SocketHandler<RawConnection> {
    return {
      open: (socket) => {
        const connection = new RawConnection(socket);
        socket.data = connection;
        this.connections.push(connection);
        accepted?.(connection);
      },
      data: (socket, chunk) => {
        socket.data.bytes += chunk.length;
        if (this.#keep) socket.data.received += chunk.toString("latin1");
      },
      drain: (socket) => socket.data.flush(),
      end: (socket) => {
        socket.data.ended = true;
        if (socket.data.unsent === 0) socket.end();
      },
      close: (socket) => {
        socket.data.closed = true;
      },
    };
  }
}

/** A clock that the test turns by hand. */
export class HandClock implements Clock {
  #now = 1000;
  readonly #ticks = new Set<() => void>();

  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return this.#now;
  }

  every(_milliseconds: number, tick: () => void): () => void {
    this.#ticks.add(tick);
    return () => this.#ticks.delete(tick);
  }

  advance(milliseconds: number): void {
    this.#now += milliseconds;
    for (const tick of this.#ticks) tick();
  }
}

/** A client of an upstream, that must have nothing left when the test is over. */
export class TestClient {
  readonly client: CountedUpstreamClient;
  readonly #deadlines: UpstreamDeadlines;

  constructor(
    upstream: { readonly port: number } | Partial<UpstreamAddress>,
    limits: Partial<UpstreamLimits> = {},
    options: { readonly clock?: Clock; readonly dialler?: Dialler } = {},
  ) {
    this.#deadlines = new UpstreamDeadlines(options.clock ?? systemClock);
    const address: UpstreamAddress = {
      id: "test",
      scheme: "http",
      hostname: "127.0.0.1",
      port: 0,
      ...("connections" in upstream ? { port: upstream.port ?? 0 } : upstream),
    };
    const dialler = options.dialler ?? createDialler(createResolver());
    this.client = createUpstreamClient({ address, dialler, deadlines: this.#deadlines, limits });
  }

  /** `idle active connecting queued` */
  get counts(): string {
    const { idle, active, connecting, queued } = this.client.counts();
    return `${idle} ${active} ${connecting} ${queued}`;
  }

  async settles(counts: string): Promise<void> {
    await until(() => this.counts === counts);
  }

  [Symbol.dispose](): void {
    this.client.close();
    this.#deadlines.stop();
  }
}

export interface TestRequest extends UpstreamRequest {
  readonly informed: [number, HeaderList][];
  abortListener: AbortListener | null;
}

export interface RequestOptions {
  readonly target?: string;
  readonly headers?: HeaderList;
  readonly body?: Body;
  readonly expectContinue?: boolean;
  readonly timeouts?: Partial<UpstreamTimeouts>;
}

/** Builds a request to send. */
export function request(method: string, options: RequestOptions = {}): TestRequest {
  const informed: [number, HeaderList][] = [];
  return {
    method,
    target: options.target ?? "/",
    headers: options.headers ?? ["host", "up.test"],
    body: options.body ?? null,
    expectContinue: options.expectContinue ?? false,
    timeouts: { connect: 5000, responseHeader: 5000, idle: 5000, ...options.timeouts },
    inform: (status, headers) => {
      informed.push([status, headers]);
    },
    abortListener: null,
    informed,
  };
}

/** Reads a body to its end. */
export async function drain(body: Body): Promise<Buffer> {
  if (body === null) return Buffer.alloc(0);
  if (body instanceof Uint8Array) return Buffer.from(body);
  const parts: Uint8Array[] = [];
  for (let chunk = await body.read(); chunk !== null; chunk = await body.read()) parts.push(chunk);
  return Buffer.concat(parts);
}

/** The failure of a promise, which must fail with a ProxError. */
export async function failure(promise: Promise<unknown>): Promise<ProxError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof ProxError) return error;
    throw error;
  }
  throw new Error("did not fail");
}

/** A body that the test feeds by hand. */
export class HandBody implements BodyStream {
  readonly length: number | undefined;
  trailers: HeaderList = [];
  consumed = false;
  cancelled = false;
  reads = 0;
  #queue: (Uint8Array | null | Error)[] = [];
  #wake: (() => void) | null = null;

  constructor(length?: number) {
    this.length = length;
  }

  push(part: string | Uint8Array | null | Error): void {
    this.#queue.push(typeof part === "string" ? Buffer.from(part, "latin1") : part);
    this.#wake?.();
  }

  read(): Uint8Array | null | Promise<Uint8Array | null> {
    this.consumed = true;
    this.reads += 1;
    if (this.#queue.length > 0) return this.#take();
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array | null>();
    this.#wake = () => {
      this.#wake = null;
      try {
        resolve(this.#take());
      } catch (error) {
        reject(error);
      }
    };
    return promise;
  }

  cancel(): void {
    this.cancelled = true;
  }

  #take(): Uint8Array | null {
    const next = this.#queue.shift();
    if (next instanceof Error) throw next;
    return next ?? null;
  }
}
