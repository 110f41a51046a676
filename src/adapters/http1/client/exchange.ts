import type { ByteStream, ByteStreamEvents } from "../../../ports/byte-stream.ts";
import type { DialWaiter, PendingDial } from "../../../ports/dialler.ts";
import type { AbortListener, Body } from "../../../ports/exchange.ts";
import { type FailureReason, ProxError } from "../../../ports/failure.ts";
import type { UpstreamRequest, UpstreamResponse } from "../../../ports/upstream-client.ts";
import { Deadline } from "../../../utils/deadline-queue.ts";
import type { ResponseHead } from "../codec/message.ts";
import type { Connection, ConnectionUser } from "./connection.ts";
import type { Expirable, UpstreamDeadlines } from "./upstream-deadlines.ts";

/** Finds connections for exchanges. */
export interface ExchangeHost {
  readonly deadlines: UpstreamDeadlines;
  /** Finds a connection, now or later. */
  acquire(exchange: Exchange): void;
  /** Gives back a connection that was never used. */
  released(connection: Connection): void;
  /** The exchange waits no more. */
  leaveQueue(exchange: Exchange): void;
  /** The dial succeeded: makes a connection of the stream. */
  connected(stream: ByteStream): Connection;
  /** The dial has failed or was given up. */
  dialEnded(): void;
}

/** One try of one request: waits for a connection, uses it, settles one promise. */
export class Exchange implements AbortListener, ConnectionUser, DialWaiter, Expirable {
  readonly request: UpstreamRequest;
  reused = false;
  readonly #host: ExchangeHost;
  readonly #resolve: (response: UpstreamResponse) => void;
  readonly #reject: (error: ProxError) => void;
  #connection: Connection | null = null;
  #dial: PendingDial | null = null;
  /** Only where it has to wait for a connection. */
  #deadline: Deadline<Expirable> | null = null;
  #waitingSince = 0;
  #connectMs = 0;
  /** Between taking a pooled connection and using it. */
  #checking = false;
  #over = false;

  constructor(
    request: UpstreamRequest,
    host: ExchangeHost,
    resolve: (response: UpstreamResponse) => void,
    reject: (error: ProxError) => void,
  ) {
    this.request = request;
    this.#host = host;
    this.#resolve = resolve;
    this.#reject = reject;
    request.abortListener = this;
  }

  /** Uses a connection that lay in the pool. */
  reuse(connection: Connection): void {
    this.#endWait();
    this.reused = true;
    this.#connection = connection;
    const { method, body } = this.request;
    if (body === null && (method === "GET" || method === "HEAD")) {
      connection.start(this);
      return;
    }
    this.#checking = true;
    setImmediate(nextTurn, this);
  }

  /** Waits for a new connection. */
  dial(begin: (waiter: DialWaiter) => PendingDial): void {
    this.#beginWait();
    this.#dial = begin(this);
  }

  /** Waits until another exchange gives up its connection. */
  queue(): void {
    this.#beginWait();
  }

  /**
   * Starts on a pooled connection after the event loop has looked at the sockets once more: a
   * request that can not be repeated never goes to a connection that the peer has closed already.
   */
  checked(): void {
    const connection = this.#connection;
    this.#checking = false;
    if (this.#over || connection === null) return;
    if (!connection.dead) {
      connection.start(this);
      return;
    }
    this.#connection = null;
    this.reused = false;
    this.#host.acquire(this);
  }

  aborted(): void {
    const connection = this.#connection;
    const requestSent = connection !== null && !this.#checking;
    const error = new ProxError("client_closed", "downstream", { requestSent });
    if (connection === null) {
      this.#stopWaiting(error);
    } else if (this.#checking) {
      this.finished();
      this.#reject(error);
      if (!connection.dead) this.#host.released(connection);
    } else {
      connection.abort(error);
    }
  }

  // The dial

  connected(stream: ByteStream): ByteStreamEvents {
    this.#dial = null;
    this.#endWait();
    const connection = this.#host.connected(stream);
    this.#connection = connection;
    connection.start(this);
    return connection;
  }

  deadlineExpired(): void {
    const reason = this.#dial === null ? "upstream_queue_timeout" : "upstream_connect_timeout";
    this.#stopWaiting(unsent(reason));
  }

  // The connection

  answered(head: ResponseHead, body: Body): void {
    this.#resolve({
      status: head.status,
      headers: head.headers,
      body,
      connectMs: this.#connectMs,
      reused: this.reused,
    });
  }

  /** There will be no answer: of the dial, of the connection, or of the queue. */
  failed(error: ProxError): void {
    if (this.#dial !== null) {
      this.#dial = null;
      this.#host.dialEnded();
    }
    if (this.#connection === null) this.finished();
    this.#reject(error);
  }

  finished(): void {
    this.#over = true;
    this.#deadline?.disarm();
    if (this.request.abortListener === this) this.request.abortListener = null;
  }

  #stopWaiting(error: ProxError): void {
    if (this.#over) return;
    if (this.#dial === null) this.#host.leaveQueue(this);
    else this.#dial.cancel();
    this.failed(error);
  }

  #beginWait(): void {
    const { deadlines } = this.#host;
    this.#deadline ??= new Deadline<Expirable>(this);
    if (this.#waitingSince === 0) this.#waitingSince = deadlines.now();
    deadlines.arm(this.#deadline, this.request.timeouts.connect);
  }

  #endWait(): void {
    if (this.#deadline === null) return;
    this.#deadline.disarm();
    this.#connectMs = this.#host.deadlines.now() - this.#waitingSince;
  }
}

/** Makes the failure of a request of which the upstream saw nothing. */
export function unsent(reason: FailureReason, cause?: unknown): ProxError {
  return new ProxError(reason, "upstream", { cause, requestSent: false });
}

/** An immediate comes before the next look at the sockets, the second one after it. */
function nextTurn(exchange: Exchange): void {
  setImmediate(checked, exchange);
}

function checked(exchange: Exchange): void {
  exchange.checked();
}
