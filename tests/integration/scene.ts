import { afterAll } from "bun:test";
import { systemClock } from "../../src/adapters/system/clock.ts";
import { startWorker, type Worker } from "../../src/worker.ts";
import { MemoryLineSink, MemoryLogger } from "../support/fake-ports.ts";
import { planOf } from "../support/plans.ts";
import { RawClient, type RawResponse } from "../support/raw-client.ts";

/** Waits until a condition holds; the test's own limit ends a wait that never does. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await Bun.sleep(1);
}

/** Keeps something for all tests of a `describe`, and ends it after the last one. */
export function shared<T extends Disposable | AsyncDisposable>(resource: T): T {
  afterAll(async () => {
    if (Symbol.asyncDispose in resource) await resource[Symbol.asyncDispose]();
    else resource[Symbol.dispose]();
  });
  return resource;
}

/** A whole Prox in this process, on a free loopback port, over a real wire. */
export class Prox implements AsyncDisposable {
  readonly accessLog = new MemoryLineSink();
  readonly logger = new MemoryLogger();
  readonly #worker: Worker;
  readonly #clients: RawClient[] = [];

  /** `files` are what the configuration may name: a text for a file, null for a folder. */
  constructor(yaml: string, files: Readonly<Record<string, string | null>> = {}) {
    const { accessLog, logger } = this;
    this.#worker = startWorker(planOf(yaml, files), { clock: systemClock, logger, accessLog });
  }

  get port(): number {
    return this.#worker.port;
  }

  get connections(): number {
    return this.#worker.connections;
  }

  /** Opens a connection; the scene closes it. */
  async client(hostname = "127.0.0.1"): Promise<RawClient> {
    const client = await RawClient.connect(this.port, 5_000, hostname);
    this.#clients.push(client);
    return client;
  }

  /** Opens a connection and sends these bytes. */
  async sends(bytes: string): Promise<RawClient> {
    const client = await this.client();
    await client.send(bytes);
    return client;
  }

  /** Sends these bytes over a connection of their own and takes one answer. */
  async answers(bytes: string, method = "GET"): Promise<RawResponse> {
    const client = await this.sends(bytes);
    const response = await client.response(method);
    client.close();
    return response;
  }

  /** Sends a GET with field lines, each with its end of line. */
  get(target: string, lines = "Host: prox.test\r\n"): Promise<RawResponse> {
    return this.answers(`GET ${target} HTTP/1.1\r\n${lines}\r\n`);
  }

  /** The nth entry of the access log, once it is there. */
  async logged(index = 0): Promise<Record<string, unknown>> {
    await until(() => this.accessLog.lines.length > index);
    return this.accessLog.entries[index] ?? {};
  }

  /** Stops in order: resolves when the last client has gone. */
  drain(): Promise<void> {
    return this.#worker.drain(new AbortController().signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) if (!client.closed) client.cut();
    await this.#worker.drain(AbortSignal.abort());
  }
}
