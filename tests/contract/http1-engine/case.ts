import type { ExchangeHandler } from "../../../src/ports/exchange.ts";
import type { Engine } from "../../../src/ports/listener.ts";
import { FakeHandler } from "../../support/fake-handler.ts";
import { RawClient } from "../../support/raw-client.ts";

/** What a case asks of the engine beside the defaults; times in milliseconds. */
export interface EngineOptions {
  readonly requestHeader?: number;
  readonly requestBody?: number;
  readonly idle?: number;
  readonly keepAlive?: number;
  readonly linger?: number;
  readonly maxConnections?: number;
  readonly maxConnectionsPerIp?: number;
  readonly maxUriBytes?: number;
  readonly maxHeaderBytes?: number;
  readonly maxHeaderCount?: number;
}

/** Starts an engine on a free loopback port. */
export type StartEngine = (
  handler: ExchangeHandler,
  options: EngineOptions,
) => Promise<{ port: number; engine: Engine }>;

type Answerer = ConstructorParameters<typeof FakeHandler>[0];

/** One running case: an engine, its handler, and clients that are closed when it is over. */
export class Scene {
  readonly #start: StartEngine;
  readonly #patience: number;
  readonly #clients: RawClient[] = [];
  #engine: Engine | null = null;

  constructor(start: StartEngine, patience: number) {
    this.#start = start;
    this.#patience = patience;
  }

  get engine(): Engine {
    if (this.#engine === null) throw new Error("no engine yet");
    return this.#engine;
  }

  async serve(answer: Answerer, options: EngineOptions = {}): Promise<FakeHandler> {
    const handler = new FakeHandler(answer);
    this.#engine = (await this.#start(handler, options)).engine;
    return handler;
  }

  async client(): Promise<RawClient> {
    const client = await RawClient.connect(this.engine.port, this.#patience);
    this.#clients.push(client);
    return client;
  }

  /** Connects and sends. */
  async sends(text: string): Promise<RawClient> {
    const client = await this.client();
    await client.send(text);
    return client;
  }

  /** Waits for something that is no byte on a client's connection. */
  async until(holds: () => boolean, what: string): Promise<void> {
    const end = performance.now() + this.#patience;
    while (!holds()) {
      if (performance.now() > end) throw new Error(`waited in vain for ${what}`);
      await Bun.sleep(2);
    }
  }

  async end(): Promise<void> {
    for (const client of this.#clients) if (!client.closed) client.cut();
    const stop = new AbortController();
    const drained = this.#engine?.drain(stop.signal);
    stop.abort();
    await drained;
  }
}

/** A behaviour of HTTP/1.1 engines. */
export interface Case {
  readonly name: string;
  run(scene: Scene): Promise<void>;
}
