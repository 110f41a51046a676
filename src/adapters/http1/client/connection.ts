import type { ByteStream, ByteStreamEvents } from "../../../ports/byte-stream.ts";
import type { Body } from "../../../ports/exchange.ts";
import { type FailureReason, ProxError } from "../../../ports/failure.ts";
import type { UpstreamRequest } from "../../../ports/upstream-client.ts";
import { Deadline } from "../../../utils/deadline-queue.ts";
import type { HeadLimits, ResponseHead } from "../codec/message.ts";
import { Download, type DownloadOwner } from "./download.ts";
import { Upload, type UploadOwner } from "./upload.ts";
import type { Expirable, UpstreamDeadlines } from "./upstream-deadlines.ts";

/** Bytes of an answer that may lie unread, or be with a slow reader, while the socket is read. */
const UNREAD_BYTES = 64 * 1024;
/** A chunk so large that a pause costs nothing beside it; another one could follow at once. */
const LARGE_CHUNK = 256 * 1024;
/** Interim answers to one request: more are no proper answer. */
const MAX_INTERIM = 32;

/** The request that a connection works for. */
export interface ConnectionUser {
  readonly request: UpstreamRequest;
  /** Whether the connection had carried other requests before. */
  readonly reused: boolean;
  /** The final head came. */
  answered(head: ResponseHead, body: Body): void;
  /** There will be no answer. */
  failed(error: ProxError): void;
  /** The connection works for the request no more. */
  finished(): void;
}

/** Keeps connections. */
export interface ConnectionKeeper {
  /** The connection has finished a request and may carry another one. */
  released(connection: Connection): void;
  /** The connection is gone, or must not be used again. Told once. */
  lost(connection: Connection): void;
}

/** One connection to an upstream: carries one request at a time, and belongs to the pool between them. */
export class Connection implements ByteStreamEvents, UploadOwner, DownloadOwner, Expirable {
  /** Waits for the head, for body bytes that somebody wants, or for the next request. */
  readonly deadline = new Deadline<Expirable>(this);
  /** True once the stream is closed, or is about to be. */
  dead = false;
  /** Kept by the pool: whether it is waiting there. */
  pooled = false;
  readonly #stream: ByteStream;
  readonly #keeper: ConnectionKeeper;
  readonly #deadlines: UpstreamDeadlines;
  readonly #upload: Upload;
  readonly #download: Download;
  #user: ConnectionUser | null = null;
  #answered = false;
  #keepAlive = false;
  #paused = false;
  #interims = 0;

  constructor(
    stream: ByteStream,
    keeper: ConnectionKeeper,
    deadlines: UpstreamDeadlines,
    limits: HeadLimits,
  ) {
    this.#stream = stream;
    this.#keeper = keeper;
    this.#deadlines = deadlines;
    this.#upload = new Upload(stream, this, deadlines);
    this.#download = new Download(this, limits);
  }

  /** Sends a request. */
  start(user: ConnectionUser): void {
    this.#user = user;
    this.#answered = false;
    this.#interims = 0;
    this.#download.begin(user.request.method);
    try {
      this.#upload.begin(user.request);
    } catch (error) {
      this.abort(ownFault(error));
    }
  }

  /** Closes an idle connection in order. */
  close(): void {
    if (this.dead) return;
    this.dead = true;
    this.deadline.disarm();
    this.#stream.end();
    this.#keeper.lost(this);
  }

  /** Ends the connection at once; the request that it works for fails with `error`. */
  abort(error: ProxError): void {
    if (this.dead) return;
    this.dead = true;
    this.#stream.terminate();
    this.#abandon(error);
  }

  // The stream's events

  data(chunk: Uint8Array): void {
    if (this.#user === null) {
      // Bytes that nobody asked for: an answer to come would be taken for another one.
      this.close();
      return;
    }
    this.#download.feed(asBuffer(chunk));
    const body = this.#download.body;
    if (body === null) return;
    if (body.awaited) {
      this.bodyAwaited();
      return;
    }
    this.deadline.disarm();
    if (this.#paused || this.dead) return;
    if (body.queued >= UNREAD_BYTES || chunk.length >= LARGE_CHUNK) this.#pause();
    // A reader that keeps up has asked for more before the sockets are looked at again.
    else if (chunk.length >= UNREAD_BYTES) setImmediate(pauseUnread, this);
  }

  /** Pauses the socket unless somebody waits for its bytes. */
  pauseUnread(): void {
    const body = this.#download.body;
    if (body !== null && !body.awaited && !this.#paused && !this.dead) this.#pause();
  }

  drain(): void {
    this.#upload.drained();
  }

  ended(): void {
    if (this.#user === null) this.close();
    else if (!this.#download.ended()) this.#lose(undefined);
  }

  closed(error: Error | undefined): void {
    if (this.dead) return;
    if (this.#user === null) {
      this.dead = true;
      this.deadline.disarm();
      this.#keeper.lost(this);
    } else if (error !== undefined || !this.#download.ended()) {
      this.#lose(error);
    }
  }

  // The request's way out

  uploadFinished(): void {
    if (!this.#answered) this.#awaitHead();
  }

  uploadFailed(error: unknown): void {
    this.abort(error instanceof ProxError ? error : ownFault(error));
  }

  uploadTimedOut(): void {
    this.abort(this.#failure("upstream_timeout_idle", "request body stalled"));
  }

  uploadBroken(): void {
    // The answer, or the reason, is still to be read: RFC 9112, 9.5.
    if (!this.#answered) this.#awaitHead();
  }

  // The answer's way in

  interim(head: ResponseHead): boolean {
    this.#interims += 1;
    if (head.status === 101) {
      this.malformed("101 without a request to upgrade");
      return false;
    }
    if (this.#interims > MAX_INTERIM) {
      this.malformed("too many interim answers");
      return false;
    }
    // A 100 was asked for by us or by nobody; the engine sends its own when the body is pulled.
    if (head.status === 100) this.#upload.release();
    else this.#user?.request.inform(head.status, head.headers);
    if (this.deadline.queue !== null) this.#awaitHead();
    return !this.dead;
  }

  answered(head: ResponseHead, body: Body): void {
    this.deadline.disarm();
    this.#upload.answered();
    this.#answered = true;
    this.#keepAlive = head.keepAlive;
    this.#user?.answered(head, body);
  }

  complete(clean: boolean): void {
    const user = this.#user;
    const reusable = clean && this.#keepAlive && this.#upload.finished && !this.dead;
    this.#user = null;
    this.deadline.disarm();
    if (!this.#upload.finished) this.#upload.stop(true);
    user?.finished();
    if (!reusable) {
      this.close();
      return;
    }
    this.#resume();
    this.#keeper.released(this);
  }

  malformed(detail: string): void {
    this.abort(this.#failure("upstream_malformed_response", detail));
  }

  bodyAwaited(): void {
    const idle = this.#user?.request.timeouts.idle ?? 0;
    this.#deadlines.arm(this.deadline, idle);
    this.#resume();
  }

  bodyCancelled(): void {
    this.abort(new ProxError("client_closed", "downstream"));
  }

  deadlineExpired(): void {
    if (this.#user === null) this.close();
    else if (this.#answered) this.abort(this.#failure("upstream_timeout_idle", "no byte came"));
    else this.abort(this.#failure("upstream_timeout_header", "no complete head came"));
  }

  #awaitHead(): void {
    this.#deadlines.arm(this.deadline, this.#user?.request.timeouts.responseHeader ?? 0);
  }

  #pause(): void {
    this.#paused = true;
    this.#stream.pause();
  }

  #resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#stream.resume();
  }

  /** The stream ended or broke before the answer was complete. */
  #lose(error: Error | undefined): void {
    if (error !== undefined && !("code" in error)) {
      // Not the socket's error, but ours: a handler threw.
      this.abort(ownFault(error));
      return;
    }
    this.abort(this.#failure(this.#lossReason(error), error));
  }

  #lossReason(error: Error | undefined): FailureReason {
    if (error === undefined)
      return this.#download.started ? "upstream_truncated" : "upstream_closed";
    if (isTlsError(error)) return "upstream_tls_failed";
    return this.#download.started && !this.#answered ? "upstream_truncated" : "upstream_reset";
  }

  #failure(reason: FailureReason, cause: unknown): ProxError {
    const reused = this.#user?.reused ?? false;
    return new ProxError(reason, "upstream", { cause, requestSent: this.#upload.sent, reused });
  }

  /** Tells everybody that the connection is dead. */
  #abandon(error: ProxError): void {
    const user = this.#user;
    const body = this.#download.body;
    this.#user = null;
    this.deadline.disarm();
    this.#upload.stop(this.#answered);
    this.#download.stop();
    if (this.#answered) body?.fail(error);
    else user?.failed(error);
    user?.finished();
    this.#keeper.lost(this);
  }
}

function pauseUnread(connection: Connection): void {
  connection.pauseUnread();
}

/** Something threw that must not. */
function ownFault(error: unknown): ProxError {
  return new ProxError("internal_error", "internal", { cause: error });
}

/** Bun hands out Buffers; anything else is looked at as one, without a copy. */
function asBuffer(bytes: Uint8Array): Buffer {
  if (bytes instanceof Buffer) return bytes;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Alerts that come after the handshake, such as a refused client certificate in TLS 1.3. */
function isTlsError(error: Error): boolean {
  return "code" in error && (error.code === "EPROTO" || String(error.code).startsWith("ERR_SSL"));
}
