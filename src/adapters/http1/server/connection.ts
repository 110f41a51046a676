import type { ByteStream, ByteStreamEvents } from "../../../ports/byte-stream.ts";
import type {
  Body,
  ConnectionFacts,
  ExchangeRequest,
  ExchangeResponse,
  HeaderList,
} from "../../../ports/exchange.ts";
import { type FailureReason, ProxError } from "../../../ports/failure.ts";
import { Deadline } from "../../../utils/deadline-queue.ts";
import { ChunkedDecoder } from "../codec/chunked.ts";
import { CHUNKED, NEED_MORE, REFUSED, type RequestHead } from "../codec/message.ts";
import { RequestHeadParser } from "../codec/request-head.ts";
import { Answer, type AnswerOwner } from "./answer.ts";
import { interimHead } from "./framing.ts";
import { Output } from "./output.ts";
import { Http1Request, type InterimSink } from "./request.ts";
import { type BodySource, RequestBody } from "./request-body.ts";
import type { HeldConnection, Http1Shared, Wait } from "./shared.ts";

/** Bytes of further requests that are kept while one is being answered. */
const MOST_READ_AHEAD = 64 * 1024;
/** Bytes of an unwanted upload that are thrown away to keep its connection. */
const MOST_DISCARDED = 256 * 1024;
const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";

/**
 * The server's side of one HTTP/1 connection: one request after the other, each answered before
 * the next is begun (RFC 9112, 9.3.2).
 */
export class Http1Connection implements ByteStreamEvents, AnswerOwner, BodySource, InterimSink {
  readonly connection: ConnectionFacts;
  readonly scheme: "http" | "https";
  readonly sink: InterimSink = this;
  /** When the request under way began. */
  startedAt = 0;
  readonly #shared: Http1Shared;
  readonly #stream: ByteStream;
  readonly #answer: Answer;
  readonly #parser: RequestHeadParser;
  /** What the client owes: one kind of wait at a time. */
  readonly #wait: Deadline<HeldConnection>;
  #decoder: ChunkedDecoder | null = null;
  /** Input that is not used yet: an unfinished head, or requests ahead of their turn. */
  #pending: Buffer | null = null;
  #request: Http1Request | null = null;
  #body: RequestBody | null = null;
  #bytesAtHand = 0;
  /** A request or a refusal waits for its answer, or the answer is under way. */
  #busy = false;
  #fresh = true;
  #headBegun = false;
  #refused = false;
  #clientKeeps = true;
  #owesContinue = false;
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
    this.#parser = new RequestHeadParser(shared.limits);
    this.#wait = new Deadline<HeldConnection>(this);
    this.#answer = new Answer(shared, new Output(stream), this);
    shared.open.add(this);
    shared.header.arm(this.#wait, shared.clock.now());
  }

  get bytesIn(): number {
    return this.#body === null ? this.#bytesAtHand : this.#body.received;
  }

  data(chunk: Uint8Array): void {
    if (this.#lingering || this.#refused) return;
    try {
      this.#take(Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk));
    } catch (error) {
      this.#crash(error);
    }
  }

  drain(): void {
    try {
      this.#answer.drain();
    } catch (error) {
      this.#crash(error);
    }
  }

  ended(): void {
    this.#inputEnded = true;
    this.#body?.fail(new ProxError("client_closed", "downstream"));
    if (!this.#busy) this.#stream.end();
  }

  closed(_error: Error | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#wait.disarm();
    this.#pending = null;
    this.#body?.fail(new ProxError("client_closed", "downstream"));
    const request = this.#request;
    this.#request = null;
    if (request !== null) this.#abort(request);
    this.#answer.abandon();
    this.#shared.forget(this);
  }

  expired(wait: Wait): void {
    switch (wait) {
      case "header":
        if (this.#headBegun) this.#refuse("header_timeout");
        else this.#stream.end();
        return;
      case "body":
        this.#body?.fail(new ProxError("body_timeout", "downstream"));
        return;
      case "idle":
        this.#answer.fail("client_idle_timeout");
        this.#stream.terminate();
        return;
      case "keepAlive":
      case "linger":
        this.#stream.end();
    }
  }

  retire(): void {
    if (this.#busy || this.#body !== null || this.#headBegun || this.#lingering) return;
    // A connection just accepted has a request on its way: it is answered, but not waited for long.
    if (this.#fresh) this.#shared.linger.arm(this.#wait, this.#shared.clock.now());
    else this.#stream.end();
  }

  cut(): void {
    this.#stream.terminate();
  }

  inform(request: ExchangeRequest, status: number, headers: HeaderList): void {
    if (request !== this.#request || this.#answer.started) return;
    if (request.protocol === "HTTP/1.0" || status < 100 || status > 199 || status === 101) return;
    if (status === 100) this.#sendContinue();
    else this.#answer.interim(interimHead(status, headers));
  }

  bodyAwaited(): void {
    this.#sendContinue();
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

  answerSent(): void {
    this.#request = null;
    this.#busy = false;
    const body = this.#body;
    if (!this.#answer.keepAlive || body?.failed) this.#close();
    else if (body?.expected) this.#discard(body);
    else this.#ready();
  }

  answerFailed(error: unknown): void {
    this.#fail(error);
  }

  #take(bytes: Buffer): void {
    const body = this.#body;
    let rest = bytes;
    if (body?.expected) {
      const end = body.feed(bytes, 0);
      if (!this.#busy) this.#discarded(body);
      if (end === bytes.length) return;
      rest = bytes.subarray(end);
    }
    if (this.#lingering || this.#closed) return;
    this.#pending = this.#pending === null ? rest : Buffer.concat([this.#pending, rest]);
    if (!this.#busy) this.#consume();
    else if (this.#pending.length > MOST_READ_AHEAD) this.#pause();
  }

  /** Begins what has come in, as long as nothing is under way. */
  #consume(): void {
    if (this.#consuming) return;
    this.#consuming = true;
    while (this.#pending !== null && !this.#busy && this.#body === null) {
      if (!this.#nextHead(this.#pending)) break;
    }
    this.#consuming = false;
  }

  /** Reads one head and begins its request; false where bytes are missing. */
  #nextHead(bytes: Buffer): boolean {
    if (!this.#headBegun) {
      this.#headBegun = true;
      this.startedAt = this.#shared.clock.now();
    }
    const end = this.#parser.parse(bytes, 0);
    if (end === NEED_MORE) {
      if (this.#inputEnded) this.#stream.end();
      else if (this.#wait.queue !== this.#shared.header) this.#awaitHead();
      return false;
    }
    if (end === REFUSED) this.#refuse(this.#parser.fault.reason, this.#parser.fault.detail);
    else this.#begin(this.#parser.head, bytes, end);
    return true;
  }

  #awaitHead(): void {
    this.#resume();
    this.#shared.header.arm(this.#wait, this.startedAt);
  }

  #begin(head: RequestHead, bytes: Buffer, end: number): void {
    this.#headBegun = false;
    this.#fresh = false;
    this.#wait.disarm();
    this.#clientKeeps = head.keepAlive;
    this.#owesContinue = head.expectContinue;
    this.#busy = true;
    const length = head.bodyLength;
    let offset = end;
    let body: Body = null;
    this.#bytesAtHand = 0;
    if (length > 0 && length <= bytes.length - end) {
      offset += length;
      body = bytes.subarray(end, offset);
      this.#bytesAtHand = length;
    } else if (length !== 0) {
      this.#body = this.#openBody(length);
      offset = this.#body.feed(bytes, end);
      body = this.#body;
    }
    this.#pending = offset < bytes.length ? bytes.subarray(offset) : null;
    if (this.#paused && this.#pending === null) this.#resume();
    this.#handle(new Http1Request(head, body, this));
  }

  #openBody(length: number): RequestBody {
    if (length !== CHUNKED) return new RequestBody(this, length, null);
    const { maxHeaderBytes, maxHeaderCount } = this.#shared.limits;
    this.#decoder ??= new ChunkedDecoder({
      maxTrailerBytes: maxHeaderBytes,
      maxTrailerCount: maxHeaderCount,
    });
    this.#decoder.reset();
    return new RequestBody(this, undefined, this.#decoder);
  }

  #handle(request: Http1Request): void {
    this.#request = request;
    let answer: ExchangeResponse | Promise<ExchangeResponse>;
    try {
      answer = this.#shared.handler.handle(request);
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (answer instanceof Promise) answer.then(this.#onAnswer, this.#onFailure);
    else this.#respond(answer);
  }

  readonly #onAnswer = (response: ExchangeResponse): void => {
    try {
      this.#respond(response);
    } catch (error) {
      this.#crash(error);
    }
  };

  readonly #onFailure = (error: unknown): void => this.#fail(error);

  #respond(response: ExchangeResponse): void {
    const request = this.#request;
    if (request === null) {
      this.#dropAnswer(response);
      return;
    }
    this.#answer.start(response, {
      method: request.method,
      minorVersion: request.protocol === "HTTP/1.0" ? 0 : 1,
      reusable: this.#isReusable(response),
    });
  }

  /** Whether the connection can carry another request after this answer. */
  #isReusable(response: ExchangeResponse): boolean {
    if (!this.#clientKeeps || response.close === true || this.#shared.draining) return false;
    if (this.#inputEnded && this.#pending === null) return false;
    const body = this.#body;
    if (body === null || body.complete) return true;
    // Told to wait for 100, the client may send its body or not: what follows could be either.
    if (body.failed || (this.#owesContinue && body.received === 0)) return false;
    if (response.body !== null && !(response.body instanceof Uint8Array)) return true;
    // An answer at hand while the upload is under way: the rest of it is of no use.
    if (!body.consumed) body.cancel();
    return body.length === undefined || body.length - body.received <= MOST_DISCARDED;
  }

  /** The handler's answer comes too late: its client has gone. */
  #dropAnswer(response: ExchangeResponse): void {
    if (response.body !== null && !(response.body instanceof Uint8Array)) response.body.cancel();
    const { bytesIn } = this;
    response.observer?.finished({ status: 499, bytesIn, bytesOut: 0, failure: "client_closed" });
  }

  /** Answers for a handler that failed. */
  #fail(error: unknown): void {
    if (this.#closed) return;
    const known = error instanceof ProxError;
    if (!known) this.#shared.log.log("error", "handler failed", { error: String(error) });
    const request = this.#request;
    const reason = known ? error.reason : "internal_error";
    this.#refuseWith(reason, request?.method ?? "", request?.target ?? "", request?.headers ?? []);
  }

  /** Refuses what the client sent; the connection ends with the answer. */
  #refuse(reason: FailureReason, detail?: string): void {
    this.#shared.log.log("debug", "request refused", { reason, detail });
    this.#wait.disarm();
    this.#pending = null;
    this.#body = null;
    this.#bytesAtHand = 0;
    this.#refuseWith(reason, this.#parser.method, this.#parser.target, []);
  }

  #refuseWith(reason: FailureReason, method: string, target: string, headers: HeaderList): void {
    this.#refused = true;
    this.#busy = true;
    const { connection, scheme, startedAt } = this;
    try {
      const response = this.#shared.handler.refuse({
        reason,
        connection,
        scheme,
        startedAt,
        method,
        target,
        headers,
      });
      this.#answer.start(response, { method, minorVersion: 1, reusable: false });
    } catch (error) {
      this.#crash(error);
    }
  }

  /** Nothing may leave this connection half done when our own code fails. */
  #crash(error: unknown): void {
    this.#shared.log.log("error", "connection failed", { error: String(error) });
    this.#answer.fail("internal_error");
    this.#stream.terminate();
  }

  #abort(request: Http1Request): void {
    request.aborted = true;
    const listener = request.abortListener;
    request.abortListener = null;
    try {
      listener?.aborted();
    } catch (error) {
      this.#shared.log.log("error", "abort listener threw", { error: String(error) });
    }
  }

  #sendContinue(): void {
    if (!this.#owesContinue) return;
    this.#owesContinue = false;
    // RFC 9110, 10.1.1: not after the body has begun to come, and not after a final answer.
    if (!this.#answer.started && this.#body?.received === 0) this.#answer.interim(CONTINUE);
  }

  /** Gets ready for the next request. */
  #ready(): void {
    this.#body = null;
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
    const clientEnds = !this.#clientKeeps && !this.#refused;
    const unread = this.#pending !== null || (this.#body !== null && !this.#body.complete);
    if (this.#inputEnded || (clientEnds && !unread)) this.#stream.end();
    else this.#linger();
  }

  /**
   * Closes our direction and throws away what the client still sends: closing both at once would
   * answer it with a reset, which can destroy the answer on its way (RFC 9112, 9.6).
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
