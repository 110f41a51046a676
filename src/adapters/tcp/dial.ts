import type { Dialler, DialWaiter, PendingDial } from "../../ports/dialler.ts";
import type { ProxError } from "../../ports/failure.ts";
import type { Resolver } from "../../ports/resolver.ts";
import type { UpstreamAddress } from "../../ports/upstream-client.ts";
import { type AttemptOwner, DialAttempt } from "./dial-attempt.ts";
import { dialFailure } from "./dial-failure.ts";
import { DialMemory } from "./dial-memory.ts";
import { type OwnedSocket, socketsOpen } from "./dial-sockets.ts";

/** How long an address may keep silent before the next one is tried beside it (RFC 8305, 5), milliseconds. */
const STALL = 300;

/**
 * The runtime reads up to 512 KiB at once, all of which waits in memory where a client has stopped
 * reading. So many sockets are left to do that; those beyond get a small receive buffer, which
 * costs them a few more system calls for large answers.
 */
const UNLIMITED_SOCKETS = 64;
const SMALL_RECEIVE_BUFFER = 128 * 1024;

export interface DiallerOptions {
  /** Fixes the receive buffer of a socket; without it, all are the kernel's choice. */
  readonly setReceiveBuffer?: (descriptor: number, bytes: number) => void;
}

/** Creates a dialler over Bun's sockets. Only address literals are dialled, so that all are known. */
export function createDialler(resolver: Resolver, options: DiallerOptions = {}): Dialler {
  const memory = new DialMemory();
  return {
    dial(address, waiter) {
      const dial = new Dial(address, waiter, { memory, options });
      dial.start(resolver);
      return dial;
    },
  };
}

/** One search for a stream: tries all addresses of an upstream until one answers. */
class Dial implements PendingDial, AttemptOwner {
  readonly #address: UpstreamAddress;
  readonly #waiter: DialWaiter;
  readonly #memory: DialMemory;
  readonly #options: DiallerOptions;
  readonly #attempts = new Set<DialAttempt>();
  /** Literals not tried yet, in order. */
  #left: readonly string[] = [];
  #stall: ReturnType<typeof setTimeout> | undefined;
  #failure: ProxError | null = null;
  #over = false;
  #cancelled = false;

  constructor(
    address: UpstreamAddress,
    waiter: DialWaiter,
    { memory, options }: { readonly memory: DialMemory; readonly options: DiallerOptions },
  ) {
    this.#address = address;
    this.#waiter = waiter;
    this.#memory = memory;
    this.#options = options;
  }

  start(resolver: Resolver): void {
    if (this.#address.socketPath !== undefined) {
      this.#left = [""];
      this.#next();
      return;
    }
    const found = resolver.resolve(this.#address.hostname);
    if (!(found instanceof Promise)) {
      this.#resolved(found);
      return;
    }
    found.then(
      (literals) => this.#resolved(literals),
      (error: unknown) => {
        const what = `resolve ${this.#address.hostname}`;
        this.#fail(dialFailure("upstream_resolve_failed", what, error));
      },
    );
  }

  cancel(): void {
    this.#cancelled = true;
    this.#giveUp();
  }

  attemptSucceeded(attempt: DialAttempt, socket: OwnedSocket): void {
    this.#attempts.delete(attempt);
    this.#memory.reached(attempt.place);
    this.#giveUp();
    this.#limitMemory(socket);
    const events = this.#waiter.connected(socket);
    socket.data = events;
  }

  #limitMemory(socket: OwnedSocket): void {
    // `fd` is missing in Bun's types.
    if (socketsOpen() <= UNLIMITED_SOCKETS || !("fd" in socket)) return;
    if (typeof socket.fd !== "number") return;
    this.#options.setReceiveBuffer?.(socket.fd, SMALL_RECEIVE_BUFFER);
  }

  attemptFailed(attempt: DialAttempt, error: ProxError): void {
    this.#attempts.delete(attempt);
    this.#memory.missed(attempt.place);
    this.#note(error);
    this.#next();
  }

  #giveUp(): void {
    this.#over = true;
    clearTimeout(this.#stall);
    for (const attempt of this.#attempts) this.#memory.abandon(attempt);
    this.#attempts.clear();
  }

  #resolved(literals: readonly string[]): void {
    if (this.#over) return;
    this.#left = this.#memory.order(this.#address, literals);
    this.#next();
  }

  /** Tries the next address, or fails where there is none and nobody is left to wait for. */
  #next(): void {
    clearTimeout(this.#stall);
    const [literal, ...rest] = this.#left;
    this.#left = rest;
    if (literal === undefined) {
      if (this.#attempts.size === 0) this.#fail(this.#failure ?? this.#overloaded());
      return;
    }
    const attempt = new DialAttempt(this.#address, literal, this);
    if (this.#memory.crowded(attempt.place)) {
      this.#next();
      return;
    }
    this.#attempts.add(attempt);
    attempt.start();
    if (rest.length > 0) this.#stall = setTimeout(() => this.#stalled(attempt), STALL);
  }

  #stalled(attempt: DialAttempt): void {
    this.#memory.missed(attempt.place);
    this.#next();
  }

  /** A certificate's failure tells more than that another address was refused. */
  #note(error: ProxError): void {
    if (this.#failure?.reason !== "upstream_tls_failed") this.#failure = error;
  }

  #overloaded(): ProxError {
    const what = `${this.#address.hostname} does not answer: too many connects are under way`;
    return dialFailure("upstream_connect_timeout", what);
  }

  #fail(error: ProxError): void {
    if (this.#over) return;
    this.#over = true;
    // The waiter is never told from inside `dial`.
    queueMicrotask(() => {
      if (!this.#cancelled) this.#waiter.failed(error);
    });
  }
}
