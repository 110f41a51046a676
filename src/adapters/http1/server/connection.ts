import type { ByteStream, ByteStreamEvents } from "../../../ports/byte-stream.ts";
import type { ConnectionFacts } from "../../../ports/exchange.ts";
import { type FailureReason, ProxError } from "../../../ports/failure.ts";
import { Deadline } from "../../../utils/deadline-queue.ts";
import type { ChunkedDecoder } from "../codec/chunked.ts";
import { CHUNKED, NEED_MORE, REFUSED, type RequestHead } from "../codec/message.ts";
import { RequestHeadParser } from "../codec/request-head.ts";
import { type ExchangeHost, Http1Exchange, type RefusedRequest } from "./exchange.ts";
import { Output } from "./output.ts";
import { type BodySource, RequestBody } from "./request-body.ts";
import type { HeldConnection, Http1Shared, Wait } from "./shared.ts";
import { MOST_DISCARDED, MOST_READ_AHEAD } from "./shared.ts";

/**
 * The server's side of one HTTP/1 connection: takes its input apart, one request after the other,
 * each answered before the next is begun (RFC 9112, 9.3.2), and ends it in order.
 */
export class Http1Connection implements ByteStreamEvents, ExchangeHost, BodySource {
  readonly connection: ConnectionFacts;
  readonly scheme: "http" | "https";
  startedAt = 0;
  readonly #shared: Http1Shared;
  readonly #stream: ByteStream;
  readonly #exchange: Http1Exchange;
  /** What the client owes: one kind of wait at a time. */
  readonly #wait: Deadline<HeldConnection>;
  #decoder: ChunkedDecoder | null = null;
  /** Reads an unfinished head on, null where there is none: one that comes whole needs it not. */
  #parser: RequestHeadParser | null = null;
  /** Input that is not used yet: an unfinished head, or requests ahead of their turn. */
  #pending: Buffer | null = null;
  /** No request has come yet. */
  #fresh = true;
  /** Bytes of the upload under way that had come when its rest became unwanted. */
  #discardedFrom = 0;
  #consuming = false;
  #paused = false;
  #inputEnded = false;
  #lingering = false;
  #closed = false;

  constructor(shared: Http1Shared, stream: ByteStream, facts: ConnectionFacts) {
    this.#shared = shared;
    this.#stream = stream;
    this.connection = facts;
    this.scheme = shared.scheme;
    this.#wait = new Deadline<HeldConnection>(this);
    this.#exchange = new Http1Exchange(shared, this, new Output(stream));
    shared.open.add(this);
    shared.header.arm(this.#wait, shared.clock.now());
  }

  get exhausted(): boolean {
    return this.#inputEnded && this.#pending === null;
  }

  data(chunk: Uint8Array): void {
    if (this.#lingering || this.#exchange.refused) return;
    try {
      this.#take(Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk));
    } catch (error) {
      this.#exchange.crash(error);
    }
  }

  drain(): void {
    this.#exchange.drain();
  }

  ended(): void {
    this.#inputEnded = true;
    this.#exchange.body?.fail(new ProxError("client_closed", "downstream"));
    if (!this.#exchange.active) this.#stream.end();
  }

  closed(_error: Error | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#wait.disarm();
    this.#pending = null;
    this.#exchange.abandon();
    this.#shared.forget(this);
  }

  expired(wait: Wait): void {
    switch (wait) {
      case "header":
        if (this.#parser === null) this.#stream.end();
        else this.#refuse("header_timeout", this.#parser);
        return;
      case "body":
        this.#exchange.body?.fail(new ProxError("body_timeout", "downstream"));
        return;
      case "idle":
        this.#exchange.stalled();
        return;
      case "keepAlive":
      case "linger":
        this.#stream.end();
    }
  }

  retire(): void {
    const { active, body } = this.#exchange;
    if (active || body !== null || this.#parser !== null || this.#lingering) return;
    // A connection just accepted has a request on its way: it is answered, but not waited for long.
    if (this.#fresh) this.#shared.linger.arm(this.#wait, this.#shared.clock.now());
    else this.#stream.end();
  }

  cut(): void {
    this.#stream.terminate();
  }

  bodyAwaited(): void {
    this.#exchange.sendContinue();
    this.#resume();
    this.#shared.body.arm(this.#wait, this.#shared.clock.now());
  }

  bodyArrived(): void {
    this.#wait.disarm();
  }

  bodyFull(): void {
    this.#pause();
  }

  bodyDropped(): void {
    this.#resume();
  }

  exchangeDone(): void {
    const { body, keepAlive } = this.#exchange;
    if (!keepAlive) this.#close();
    else if (body?.expected) this.#discard(body);
    else this.#ready();
  }

  #take(bytes: Buffer): void {
    const { body } = this.#exchange;
    let rest = bytes;
    if (body?.expected) {
      const end = body.feed(bytes, 0);
      if (!this.#exchange.active) this.#discarded(body);
      if (end === bytes.length) return;
      rest = bytes.subarray(end);
    }
    if (this.#lingering || this.#closed) return;
    this.#pending = this.#pending === null ? rest : Buffer.concat([this.#pending, rest]);
    if (!this.#exchange.active) this.#consume();
    else if (this.#pending.length > MOST_READ_AHEAD) this.#pause();
  }

  /** Begins what has come in, as long as nothing is under way. */
  #consume(): void {
    if (this.#consuming) return;
    this.#consuming = true;
    while (this.#pending !== null && !this.#exchange.active && this.#exchange.body === null) {
      if (!this.#nextHead(this.#pending)) break;
    }
    this.#consuming = false;
  }

  /** Reads one head and begins its request; false where bytes are missing. */
  #nextHead(bytes: Buffer): boolean {
    if (this.#parser === null) this.startedAt = this.#shared.clock.now();
    const parser = this.#parser ?? this.#shared.parser;
    const end = parser.parse(bytes, 0);
    if (end === NEED_MORE) {
      this.#parser ??= this.#takeParser(bytes);
      this.#awaitHead();
      return false;
    }
    this.#parser = null;
    if (end === REFUSED) this.#refuse(parser.fault.reason, parser, parser.fault.detail);
    else this.#begin(parser.head, bytes, end);
    return true;
  }

  /** Frees the shared parser from a head that is not whole. */
  #takeParser(bytes: Buffer): RequestHeadParser {
    this.#shared.parser.reset();
    const own = new RequestHeadParser(this.#shared.limits);
    own.parse(bytes, 0);
    return own;
  }

  #awaitHead(): void {
    if (this.#inputEnded) {
      this.#stream.end();
      return;
    }
    this.#resume();
    const { header } = this.#shared;
    if (this.#wait.queue !== header) header.arm(this.#wait, this.startedAt);
  }

  #begin(head: RequestHead, bytes: Buffer, end: number): void {
    this.#fresh = false;
    this.#wait.disarm();
    const length = head.bodyLength;
    let offset = end;
    let body: Uint8Array | RequestBody | null = null;
    if (length > 0 && length <= bytes.length - end) {
      offset += length;
      body = bytes.subarray(end, offset);
    } else if (length !== 0) {
      body = this.#openBody(length);
      offset = body.feed(bytes, end);
    }
    this.#pending = offset < bytes.length ? bytes.subarray(offset) : null;
    if (this.#pending === null) this.#resume();
    this.#exchange.begin(head, body);
  }

  #openBody(length: number): RequestBody {
    if (length !== CHUNKED) return new RequestBody(this, length, null);
    this.#decoder ??= this.#shared.newDecoder();
    this.#decoder.reset();
    return new RequestBody(this, undefined, this.#decoder);
  }

  #refuse(reason: FailureReason, request: RefusedRequest, detail?: string): void {
    this.#shared.log.log("debug", "request refused", { reason, detail });
    this.#wait.disarm();
    this.#pending = null;
    this.#parser = null;
    this.#exchange.refuse(reason, request);
  }

  /** Gets ready for the next request. */
  #ready(): void {
    this.#exchange.body = null;
    if (this.#pending !== null) {
      this.#consume();
      return;
    }
    if (this.#inputEnded || this.#shared.draining) {
      this.#stream.end();
      return;
    }
    this.#resume();
    this.#shared.keepAlive.arm(this.#wait, this.#shared.clock.now());
  }

  /** Throws the rest of an upload away, so that the connection can be kept. */
  #discard(body: RequestBody): void {
    this.#discardedFrom = body.received;
    body.cancel();
    this.#resume();
    this.#shared.linger.arm(this.#wait, this.#shared.clock.now());
  }

  #discarded(body: RequestBody): void {
    if (body.complete) {
      this.#wait.disarm();
      this.#ready();
    } else if (body.failed || body.received - this.#discardedFrom > MOST_DISCARDED) {
      this.#linger();
    }
  }

  /** Ends the connection in order. */
  #close(): void {
    const { body, clientKeeps, refused } = this.#exchange;
    const unread = refused || this.#pending !== null || (body !== null && !body.complete);
    body?.cancel();
    // A client that asked for the end sends nothing more, and gets its end without a wait.
    if (this.#inputEnded || (!clientKeeps && !unread)) this.#stream.end();
    else this.#linger();
  }

  /**
   * Closes our direction and throws away what the client still sends: closing both at once would
   * answer that with a reset, which can destroy the answer on its way (RFC 9112, 9.6).
   */
  #linger(): void {
    this.#lingering = true;
    this.#pending = null;
    this.#stream.shutdown();
    this.#resume();
    this.#shared.linger.arm(this.#wait, this.#shared.clock.now());
  }

  #pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#stream.pause();
  }

  #resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#stream.resume();
  }
}
