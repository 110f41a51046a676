import type { Socket } from "bun";
import type { ByteStream, ByteStreamEvents } from "../../ports/byte-stream.ts";
import type { ConnectionFacts } from "../../ports/exchange.ts";
import type { ConnectionAcceptor } from "../../ports/listener.ts";
import type { Logger } from "../../ports/logger.ts";
import { AddressCounts } from "./address-counts.ts";

export interface ConnectionCaps {
  readonly maxConnections: number;
  /** 0 = none. */
  readonly maxConnectionsPerIp: number;
  readonly maxOpen: number;
  readonly log: Logger;
}

/** Who is told when accepting must pause, and when it may go on. */
export interface Occupancy {
  full(): void;
  free(): void;
}

/** Places that must be free again before accepting goes on. */
const HYSTERESIS = 10;
/** Refused connections that may wait for their client to read the refusal. */
const MOST_REFUSED = 256;
/** Seconds that they may wait. */
const REFUSED_SECONDS = 2;

/** What hangs on one accepted socket. */
export interface Accepted {
  readonly address: string;
  readonly refused: boolean;
  readonly events: ByteStreamEvents;
}

/** Counts the connections of a listener, keeps their caps, and leads their events to their owners. */
export class AcceptedConnections {
  /** Connections handed to the acceptor. */
  served = 0;
  /** Connections that were refused and wait for their client. */
  refused = 0;
  /** One object for all sockets: what differs hangs on the socket. */
  readonly handlers: Bun.SocketHandler<Accepted, "buffer">;
  readonly #caps: ConnectionCaps;
  readonly #acceptor: ConnectionAcceptor;
  readonly #occupancy: Occupancy;
  readonly #addresses = new AddressCounts();
  #full = false;

  constructor(caps: ConnectionCaps, acceptor: ConnectionAcceptor, occupancy: Occupancy) {
    this.#caps = caps;
    this.#acceptor = acceptor;
    this.#occupancy = occupancy;
    this.handlers = {
      open: (socket) => this.#open(socket),
      data: (socket, chunk) => socket.data.events.data(chunk),
      drain: (socket) => socket.data.events.drain(),
      end: (socket) => socket.data.events.ended(),
      close: (socket, error) => this.#close(socket, error),
      timeout: (socket) => this.#timeout(socket),
      error: (socket, error) => this.#error(socket, error),
    };
  }

  /** Sockets that are open now. */
  get open(): number {
    return this.served + this.refused;
  }

  #open(socket: Socket<Accepted>): void {
    // Only where accepting can not be paused: the descriptor is given back at once.
    if (this.open >= this.#caps.maxOpen) {
      socket.terminate();
      return;
    }
    const facts: ConnectionFacts = {
      remoteAddress: unmapped(socket.remoteAddress),
      localPort: socket.localPort,
    };
    if (this.#admits(facts.remoteAddress)) this.#serve(socket, facts);
    else this.#refuse(socket, facts);
    if (this.open >= this.#caps.maxOpen && !this.#full) {
      this.#full = true;
      this.#occupancy.full();
    }
  }

  #admits(address: string): boolean {
    const { maxConnections, maxConnectionsPerIp } = this.#caps;
    if (this.served >= maxConnections) return false;
    return maxConnectionsPerIp === 0 || this.#addresses.of(address) < maxConnectionsPerIp;
  }

  #serve(socket: Socket<Accepted>, facts: ConnectionFacts): void {
    const address = facts.remoteAddress;
    socket.data = { address, refused: false, events: this.#acceptor.accept(socket, facts) };
    this.served++;
    if (this.#caps.maxConnectionsPerIp > 0) this.#addresses.add(address);
  }

  #refuse(socket: Socket<Accepted>, facts: ConnectionFacts): void {
    this.refused++;
    const events = new RefusedConnection(socket);
    socket.data = { address: facts.remoteAddress, refused: true, events };
    this.#acceptor.refuse(socket, facts);
    if (this.refused > MOST_REFUSED) {
      socket.end();
      return;
    }
    socket.shutdown();
    socket.timeout(REFUSED_SECONDS);
  }

  #close(socket: Socket<Accepted>, error: Error | undefined): void {
    const accepted: Accepted | undefined = socket.data;
    // It was never handed over.
    if (accepted === undefined) return;
    if (accepted.refused) this.refused--;
    else {
      this.served--;
      if (this.#caps.maxConnectionsPerIp > 0) this.#addresses.remove(accepted.address);
    }
    try {
      accepted.events.closed(error);
    } finally {
      if (this.#full && this.open <= Math.max(1, this.#caps.maxOpen - HYSTERESIS)) {
        this.#full = false;
        this.#occupancy.free();
      }
    }
  }

  #timeout(socket: Socket<Accepted>): void {
    if (socket.data.refused) socket.end();
  }

  #error(socket: Socket<Accepted>, error: Error): void {
    this.#caps.log.log("error", "connection handler threw", { error: String(error) });
    socket.terminate();
  }
}

/** Waits for the client of a refused connection to take its answer, and throws away what it sends. */
class RefusedConnection implements ByteStreamEvents {
  readonly #stream: ByteStream;

  constructor(stream: ByteStream) {
    this.#stream = stream;
  }

  data(): void {}
  drain(): void {}

  ended(): void {
    this.#stream.end();
  }

  closed(): void {}
}

/** `::ffff:192.0.2.1` is how a dual-stack socket names an IPv4 peer. */
function unmapped(address: string): string {
  return address.startsWith("::ffff:") ? address.slice(7) : address;
}
