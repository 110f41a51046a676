import type { ByteStream, ByteStreamEvents } from "./byte-stream.ts";
import type { ConnectionFacts } from "./exchange.ts";

/** Takes over connections that a listening socket accepted. */
export interface ConnectionAcceptor {
  /** Called once for each connection; what it returns receives the stream's events from then on. */
  accept(stream: ByteStream, facts: ConnectionFacts): ByteStreamEvents;
  /**
   * Answers a connection over the cap with a short refusal. The listener closes the stream after it.
   */
  refuse(stream: ByteStream, facts: ConnectionFacts): void;
}

/** An open listening socket and the connections that it accepted. */
export interface Listener {
  readonly hostname: string;
  /** The real port, also where 0 was asked for. */
  readonly port: number;
  /** Connections open now. */
  readonly connections: number;
  /** Closes the listening socket; open connections live on. */
  stop(): void;
}

/** An HTTP engine under a handler: what the composition root starts and drains. */
export interface Engine {
  readonly hostname: string;
  readonly port: number;
  /** Connections open now. */
  readonly connections: number;
  /**
   * Stops accepting, closes idle connections, lets exchanges in flight finish (their answers say
   * `Connection: close`) and resolves when the last connection is gone or `signal` aborts, which
   * cuts what is left.
   */
  drain(signal: AbortSignal): Promise<void>;
}
