import type {
  ConnectionFacts,
  ExchangeRequest,
  ExchangeResponse,
  HeaderList,
} from "../../../ports/exchange.ts";
import { type FailureReason, ProxError } from "../../../ports/failure.ts";
import type { RequestHead } from "../codec/message.ts";
import { Answer, type AnswerOwner } from "./answer.ts";
import { interimHead } from "./framing.ts";
import type { Output } from "./output.ts";
import { Http1Request, type InterimSink } from "./request.ts";
import type { RequestBody } from "./request-body.ts";
import { type HeldConnection, type Http1Shared, MOST_DISCARDED } from "./shared.ts";

/** Answers a request that its client gave up halfway: for the log, never for the wire. */
const CLIENT_CLOSED = 499;

const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";

/** The connection under an exchange. */
export interface ExchangeHost extends HeldConnection {
  readonly connection: ConnectionFacts;
  readonly scheme: "http" | "https";
  /** When the request under way began. */
  readonly startedAt: number;
  /** No further request can come: the client closed its side, and nothing is left to read. */
  readonly exhausted: boolean;
  /** The answer has left. */
  exchangeDone(): void;
}

/** A request that was refused before it could be handed over, as far as it could be read. */
export interface RefusedRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: HeaderList;
}

/** The exchange under way on a connection: from a request to the last byte of its answer. */
export class Http1Exchange implements AnswerOwner, InterimSink {
  /** A request, or a refusal, whose answer has not left yet. */
  active = false;
  /** The connection ends with this exchange, because its input can not be trusted any more. */
  refused = false;
  /** The client wants to keep the connection. */
  clientKeeps = true;
  /** The body of the request, where it did not come with its head. */
  body: RequestBody | null = null;
  readonly #shared: Http1Shared;
  readonly #host: ExchangeHost;
  readonly #answer: Answer;
  #request: Http1Request | null = null;
  #bytesAtHand = 0;
  /** The client holds its body back until it is told to go on. */
  #owesContinue = false;
  #gone = false;

  constructor(shared: Http1Shared, host: ExchangeHost, output: Output) {
    this.#shared = shared;
    this.#host = host;
    this.#answer = new Answer(shared, output, this, host);
  }

  get bytesIn(): number {
    return this.body === null ? this.#bytesAtHand : this.body.received;
  }

  /** Whether the client was told that it may send another request. */
  get keepAlive(): boolean {
    return this.#answer.keepAlive && this.body?.failed !== true;
  }

  /** Hands a request over: with its whole body at hand, with a stream, or with none. */
  begin(head: RequestHead, body: Uint8Array | RequestBody | null): void {
    this.active = true;
    this.clientKeeps = head.keepAlive;
    this.#owesContinue = head.expectContinue;
    const atHand = body instanceof Uint8Array;
    this.#bytesAtHand = atHand ? body.length : 0;
    this.body = atHand ? null : body;
    const request = new Http1Request(head, body, this.#host, this);
    this.#request = request;
    let answer: ExchangeResponse | Promise<ExchangeResponse>;
    try {
      answer = this.#shared.handler.handle(request);
    } catch (error) {
      this.answerFailed(error);
      return;
    }
    if (answer instanceof Promise) answer.then(this.#respond, this.#fail);
    else this.#respond(answer);
  }

  /** Refuses what came in; the connection ends with the answer. */
  refuse(reason: FailureReason, request: RefusedRequest): void {
    const { connection, scheme, startedAt } = this.#host;
    const { method, target, headers } = request;
    this.#answerLast(method, () =>
      this.#shared.handler.refuse({
        reason,
        connection,
        scheme,
        startedAt,
        method,
        target,
        headers,
      }),
    );
  }

  /** Goes on with the answer. */
  drain(): void {
    try {
      this.#answer.drain();
    } catch (error) {
      this.crash(error);
    }
  }

  /** Gives an answer up whose client takes nothing. */
  stalled(): void {
    this.#answer.fail("client_idle_timeout");
    this.#host.cut();
  }

  /** Our own code failed: leaves nothing half done behind. */
  crash(error: unknown): void {
    this.#shared.log.log("error", "connection failed", { error: String(error) });
    this.#answer.fail("internal_error");
    this.#host.cut();
  }

  /** The client has gone: whoever works for it is told, once. */
  abandon(): void {
    this.#gone = true;
    this.body?.fail(new ProxError("client_closed", "downstream"));
    const request = this.#request;
    this.#request = null;
    if (request !== null) this.#abort(request);
    this.#answer.abandon();
  }

  inform(request: ExchangeRequest, status: number, headers: HeaderList): void {
    if (request !== this.#request || this.#answer.started) return;
    if (request.protocol === "HTTP/1.0" || status < 100 || status > 199 || status === 101) return;
    if (status === 100) this.sendContinue();
    else this.#answer.interim(interimHead(status, headers));
  }

  /**
   * Tells a waiting client to send its body; not after it has begun to, and not after a final
   * answer (RFC 9110, 10.1.1).
   */
  sendContinue(): void {
    if (!this.#owesContinue) return;
    this.#owesContinue = false;
    if (!this.#answer.started && this.body?.received === 0) this.#answer.interim(CONTINUE);
  }

  answerSent(): void {
    this.#request = null;
    this.active = false;
    this.#host.exchangeDone();
  }

  answerFailed(error: unknown): void {
    if (this.#gone) return;
    const known = error instanceof ProxError;
    if (!known) this.#shared.log.log("error", "handler failed", { error: String(error) });
    const request = this.#request ?? { method: "", target: "", headers: [] };
    const replacement = this.#answer.replacement(error);
    if (replacement !== null) this.#answerLast(request.method, () => replacement);
    else this.refuse(known ? error.reason : "internal_error", request);
  }

  /** Sends the answer that ends the connection. */
  #answerLast(method: string, build: () => ExchangeResponse): void {
    this.active = true;
    this.refused = true;
    try {
      this.#answer.start(build(), { method, minorVersion: 1, reusable: false });
    } catch (error) {
      this.crash(error);
    }
  }

  readonly #fail = (error: unknown): void => this.answerFailed(error);

  readonly #respond = (response: ExchangeResponse): void => {
    const request = this.#request;
    if (this.#gone || request === null) {
      this.#drop(response);
      return;
    }
    if (response.status === CLIENT_CLOSED && this.body?.failed) {
      this.#drop(response);
      this.answerSent();
      return;
    }
    try {
      this.#answer.start(response, {
        method: request.method,
        minorVersion: request.protocol === "HTTP/1.0" ? 0 : 1,
        reusable: this.#isReusable(response),
      });
    } catch (error) {
      this.crash(error);
    }
  };

  /** Whether the connection can carry another request after this answer. */
  #isReusable(response: ExchangeResponse): boolean {
    if (!this.clientKeeps || response.close === true) return false;
    if (this.#shared.draining || this.#host.exhausted) return false;
    const { body } = this;
    if (body === null || body.complete) return true;
    // Told to wait for 100, the client may send its body or not: what follows could be either.
    if (body.failed || (this.#owesContinue && body.received === 0)) return false;
    if (response.body !== null && !(response.body instanceof Uint8Array)) return true;
    // An answer at hand while the upload is under way: who never read it does not want it.
    if (!body.consumed) body.cancel();
    return body.length === undefined || body.length - body.received <= MOST_DISCARDED;
  }

  /** The answer comes too late: its client has gone. */
  #drop(response: ExchangeResponse): void {
    const { bytesIn } = this;
    try {
      if (response.body !== null && !(response.body instanceof Uint8Array)) response.body.cancel();
      response.observer?.finished({
        status: CLIENT_CLOSED,
        bytesIn,
        bytesOut: 0,
        failure: "client_closed",
      });
    } catch (error) {
      this.#shared.log.log("error", "dropping an answer failed", { error: String(error) });
    }
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
}
