import type { ConnectionAcceptor, Listener } from "../../ports/listener.ts";
import type { Logger } from "../../ports/logger.ts";
import { type Accepted, AcceptedConnections } from "./accepted-connections.ts";

/** System calls on descriptors that Bun does not offer. */
export interface DescriptorCalls {
  /** Copies a descriptor, so that a socket outlives the one that it was opened with. */
  duplicate(descriptor: number): number;
  close(descriptor: number): void;
  /** Sets how many connections may wait to be accepted. */
  setBacklog(descriptor: number, backlog: number): void;
}

export interface ListenOptions {
  /** IP literal, IPv6 without brackets; `::` takes IPv4 as well. */
  readonly hostname: string;
  /** 0 = any free port. */
  readonly port: number;
  /** Connections served at once; more are refused with an answer. */
  readonly maxConnections: number;
  /** The same for one IP address; 0 = no such limit. */
  readonly maxConnectionsPerIp: number;
  /**
   * Open connections, refused ones included, at which accepting pauses until some have closed.
   * Keep it below the process's limit on descriptors: accepting there spins without end.
   */
  readonly maxOpen: number;
  /** null where the platform refuses them: backlog and pausing are then the runtime's. */
  readonly descriptors: DescriptorCalls | null;
  readonly log: Logger;
}

const BACKLOG = 4096;

/**
 * Opens a listening socket and hands its connections to `acceptor`.
 * @throws the runtime's error with code EADDRINUSE, EADDRNOTAVAIL or EACCES
 */
export function listenTcp(options: ListenOptions, acceptor: ConnectionAcceptor): Listener {
  return new TcpListener(options, acceptor);
}

class TcpListener implements Listener {
  readonly hostname: string;
  readonly port: number;
  readonly #options: ListenOptions;
  readonly #accepted: AcceptedConnections;
  #listener: Bun.TCPSocketListener<Accepted> | null;
  /** A second descriptor of the listening socket: keeps it, and who waits in it, while we pause. */
  #kept = -1;
  #stopped = false;

  constructor(options: ListenOptions, acceptor: ConnectionAcceptor) {
    this.#options = options;
    this.hostname = options.hostname;
    this.#accepted = new AcceptedConnections(options, acceptor, {
      full: () => this.#pause(),
      free: () => this.#resume(),
    });
    this.#listener = this.#open(null);
    this.port = this.#listener.port;
    this.#adopt(this.#listener, options.descriptors);
  }

  get connections(): number {
    return this.#accepted.served;
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#listener?.stop();
    this.#listener = null;
    if (this.#kept >= 0) this.#options.descriptors?.close(this.#kept);
  }

  #open(descriptor: number | null): Bun.TCPSocketListener<Accepted> {
    const { hostname, port } = this.#options;
    const socket = this.#accepted.handlers;
    const settings = { hostname, port, socket, allowHalfOpen: true };
    // `fd` is missing in Bun's types; where it is given it wins over hostname and port.
    return Bun.listen<Accepted>(
      descriptor === null ? settings : { ...settings, ...{ fd: descriptor } },
    );
  }

  #adopt(listener: Bun.TCPSocketListener<Accepted>, calls: DescriptorCalls | null): void {
    if (calls === null || !("fd" in listener) || typeof listener.fd !== "number") return;
    calls.setBacklog(listener.fd, BACKLOG);
    this.#kept = calls.duplicate(listener.fd);
  }

  #pause(): void {
    if (this.#kept < 0 || this.#listener === null) return;
    const connections = this.#accepted.open;
    this.#options.log.log("warn", "accepting paused: too many open connections", { connections });
    this.#listener.stop();
    this.#listener = null;
  }

  #resume(): void {
    if (this.#stopped || this.#listener !== null) return;
    const descriptor = this.#options.descriptors?.duplicate(this.#kept) ?? -1;
    if (descriptor < 0) return;
    this.#listener = this.#open(descriptor);
    this.#options.log.log("info", "accepting again", { connections: this.#accepted.open });
  }
}
