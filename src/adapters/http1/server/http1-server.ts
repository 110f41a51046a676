import type { ByteStream, ByteStreamEvents } from "../../../ports/byte-stream.ts";
import type { ConnectionFacts } from "../../../ports/exchange.ts";
import type { ConnectionAcceptor, Engine, Listener } from "../../../ports/listener.ts";
import { Http1Connection } from "./connection.ts";
import { finalHead } from "./framing.ts";
import { type Http1ServerOptions, Http1Shared } from "./shared.ts";

/**
 * The wire engine: speaks HTTP/1.0 and 1.1 on the streams that it is given, in front of one
 * handler. It opens no socket: a listener hands connections to it, `wireEngine` joins the two.
 */
export class Http1Server implements ConnectionAcceptor {
  readonly #shared: Http1Shared;
  readonly #stopTicking: () => void;

  constructor(options: Http1ServerOptions) {
    this.#shared = new Http1Shared(options);
    const { tickInterval } = this.#shared;
    this.#stopTicking = options.clock.every(tickInterval, () => this.#shared.tick());
  }

  /** Connections open now. */
  get connections(): number {
    return this.#shared.open.size;
  }

  accept(stream: ByteStream, facts: ConnectionFacts): ByteStreamEvents {
    return new Http1Connection(this.#shared, stream, facts);
  }

  refuse(stream: ByteStream, facts: ConnectionFacts): void {
    const { handler, scheme, clock, dateLine } = this.#shared;
    const response = handler.refuse({
      reason: "connection_limit",
      connection: facts,
      scheme,
      startedAt: clock.now(),
      method: "",
      target: "",
      headers: [],
    });
    const body = response.body instanceof Uint8Array ? response.body : new Uint8Array();
    const framing = body.length;
    const head = finalHead(response, { framing, keepAlive: false, minorVersion: 1, dateLine });
    const sent = stream.write(Buffer.concat([Buffer.from(head, "latin1"), body]));
    const bytesOut = Math.max(0, sent - head.length);
    response.observer?.finished({ status: response.status, bytesIn: 0, bytesOut });
  }

  /**
   * Closes idle connections and every other one after its answer under way; resolves when all are
   * gone. When `signal` aborts, cuts those that are left. The listener must have been stopped.
   */
  async drain(signal: AbortSignal): Promise<void> {
    const { open } = this.#shared;
    this.#shared.draining = true;
    for (const connection of [...open]) connection.retire();
    if (open.size > 0) {
      const cut = (): void => {
        for (const connection of [...open]) connection.cut();
      };
      await new Promise<void>((resolve) => {
        this.#shared.whenEmpty.push(resolve);
        if (signal.aborted) cut();
        else signal.addEventListener("abort", cut, { once: true });
      });
      signal.removeEventListener("abort", cut);
    }
    this.#stopTicking();
  }
}

/** Joins a listener and the server behind it to an engine. */
export function wireEngine(listener: Listener, server: Http1Server): Engine {
  return {
    hostname: listener.hostname,
    get port() {
      return listener.port;
    },
    get connections() {
      return server.connections;
    },
    drain(signal) {
      listener.stop();
      return server.drain(signal);
    },
  };
}
