import type { ProxError } from "../../ports/failure.ts";
import type { UpstreamAddress } from "../../ports/upstream-client.ts";
import { codeOf, connectReason, dialFailure } from "./dial-failure.ts";
import { DIALLED_SOCKET, discard, type OpeningSocket, type OwnedSocket } from "./dial-sockets.ts";
import { certificateName, tlsOptions } from "./dial-tls.ts";

/** Told once how an attempt ended. */
export interface AttemptOwner {
  attemptSucceeded(attempt: DialAttempt, socket: OwnedSocket): void;
  attemptFailed(attempt: DialAttempt, error: ProxError): void;
}

/** Connects to one address literal, or unix socket, and makes the TLS handshake. */
export class DialAttempt implements OpeningSocket {
  /** `address:port`, or the path of the socket. */
  readonly place: string;
  /** Settles when the kernel is done with it, which may be long after it was given up. */
  #kernelDone: (() => void) | null = null;
  readonly #target: UpstreamAddress;
  readonly #literal: string;
  readonly #owner: AttemptOwner;
  #socket: OwnedSocket | null = null;
  #over = false;

  constructor(target: UpstreamAddress, literal: string, owner: AttemptOwner) {
    this.#target = target;
    this.#literal = literal;
    this.#owner = owner;
    this.place = placeOf(target, literal);
  }

  start(): void {
    const { socketPath, port, scheme } = this.#target;
    const common = {
      socket: DIALLED_SOCKET,
      data: this,
      allowHalfOpen: true,
      ...(scheme === "https" ? { tls: tlsOptions(this.#target) } : {}),
    };
    // An async function turns what Bun.connect throws into a rejection.
    const connect = async (): Promise<OwnedSocket> =>
      socketPath === undefined
        ? Bun.connect({ ...common, hostname: this.#literal, port })
        : Bun.connect({ ...common, unix: socketPath });
    connect().then(undefined, (error: unknown) => {
      this.#settled();
      this.#fail(dialFailure(connectReason(error), `connect to ${this.place}`, error));
    });
  }

  /**
   * Gives the attempt up. Bun can not cancel a connect: where it is still under way, `kernelDone`
   * is called when it has come to its end, and the stream is then closed at once.
   */
  abandon(kernelDone: () => void): boolean {
    this.#over = true;
    if (this.#socket !== null) {
      discard(this.#socket);
      return false;
    }
    this.#kernelDone = kernelDone;
    return true;
  }

  opened(socket: OwnedSocket): void {
    this.#settled();
    if (this.#over) {
      discard(socket);
      return;
    }
    this.#socket = socket;
    if (this.#target.scheme === "http") this.#succeed(socket);
  }

  secured(socket: OwnedSocket, accepted: boolean, error: Error | null): void {
    if (this.#over) return;
    if (accepted || (this.#target.tls?.insecureSkipVerify === true && isVerdict(error))) {
      this.#succeed(socket);
      return;
    }
    discard(socket);
    this.#failTls(error ?? undefined);
  }

  data(): void {}

  drain(): void {}

  ended(): void {
    if (this.#socket !== null) discard(this.#socket);
    this.closed(undefined);
  }

  closed(error: Error | undefined): void {
    this.#failTls(error ?? new Error("closed during the handshake"));
  }

  #failTls(error: Error | undefined): void {
    const what = `TLS to ${certificateName(this.#target)} at ${this.place}`;
    this.#fail(dialFailure("upstream_tls_failed", what, error));
  }

  #fail(error: ProxError): void {
    if (this.#over) return;
    this.#over = true;
    this.#owner.attemptFailed(this, error);
  }

  #succeed(socket: OwnedSocket): void {
    this.#over = true;
    this.#owner.attemptSucceeded(this, socket);
  }

  #settled(): void {
    const done = this.#kernelDone;
    this.#kernelDone = null;
    done?.();
  }
}

/** Names what is dialled, for logs. */
export function placeOf(target: UpstreamAddress, literal: string): string {
  if (target.socketPath !== undefined) return `unix:${target.socketPath}`;
  return literal.includes(":") ? `[${literal}]:${target.port}` : `${literal}:${target.port}`;
}

/** Whether the handshake itself went well, and only the certificate was found wanting. */
function isVerdict(error: Error | null): boolean {
  const code = codeOf(error);
  return code !== "EPROTO" && code !== "ECONNRESET" && !code.startsWith("ERR_SSL");
}
