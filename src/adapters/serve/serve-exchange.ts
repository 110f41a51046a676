import type { Server } from "bun";
import type { ExchangeResponse, ResponseObserver } from "../../ports/exchange.ts";
import { type FailureReason, ProxError } from "../../ports/failure.ts";
import { refusalReason } from "./admission.ts";
import { OutgoingBody, type StreamOwner } from "./outgoing-body.ts";
import { ServeRequest } from "./request.ts";
import {
  answerFields,
  bodilessResponse,
  brokenResponse,
  dropBody,
  isBodiless,
  streamedResponse,
  wholeResponse,
} from "./response.ts";
import type { OpenExchange, ServeShared } from "./shared.ts";

/** One exchange of the serve engine: from a request to the last byte handed to the runtime. */
export class ServeExchange implements OpenExchange, StreamOwner {
  readonly #shared: ServeShared;
  readonly #server: Server<undefined>;
  readonly #raw: Request;
  readonly #request: ServeRequest;
  #outgoing: OutgoingBody | null = null;
  #status = 0;
  #observer: ResponseObserver | null = null;
  #over = false;
  #resolve: ((response: Response) => void) | null = null;
  /** The runtime's clock is stopped for this connection; ours runs. */
  #unlimited = false;

  constructor(shared: ServeShared, raw: Request, server: Server<undefined>) {
    this.#shared = shared;
    this.#server = server;
    this.#raw = raw;
    this.#request = new ServeRequest(shared, raw, server);
    shared.open.add(this);
    raw.signal.addEventListener("abort", this, { once: true });
  }

  /** Has the request answered; never throws or rejects. */
  begin(): Response | Promise<Response> {
    const { handler, limits } = this.#shared;
    try {
      const reason = refusalReason(this.#request, limits);
      if (reason !== null) return this.#refuse(reason);
      const answer = handler.handle(this.#request);
      if (!(answer instanceof Promise)) return this.#respond(answer);
      this.#stopRuntimeClock();
      void answer.then(this.#respond, this.#failed).then(this.#settle);
      return new Promise<Response>((resolve) => {
        this.#resolve = resolve;
      });
    } catch (error) {
      return this.#failed(error);
    }
  }

  /** The runtime's abort event: the client has gone. */
  handleEvent(): void {
    this.gone();
  }

  gone(): void {
    if (this.#over || this.#request.aborted) return;
    try {
      this.#request.abort();
    } catch (error) {
      this.#log("abort listener threw", error);
    }
    this.#outgoing?.abandon("client_closed");
  }

  /** Cuts the connection; for the runtime an answer that breaks off is the only way. */
  cut(): void {
    this.gone();
    this.#settle(brokenResponse());
  }

  streamOver(bytesOut: number, failure: FailureReason | undefined): void {
    if (failure === undefined) this.#startRuntimeClock();
    // A reset waits behind bytes that the client does not take; the runtime's clock does not.
    else this.#server.timeout(this.#raw, 1);
    this.#finish(bytesOut, failure);
  }

  readonly #settle = (response: Response): void => {
    this.#resolve?.(response);
    this.#resolve = null;
  };

  readonly #respond = (answer: ExchangeResponse): Response => {
    try {
      return this.#request.aborted ? this.#discard(answer) : this.#build(answer);
    } catch (error) {
      // The runtime does not take these fields, say; nothing has been sent.
      this.#log("answer failed", error);
      dropBody(answer.body);
      return this.#refuse("internal_error");
    }
  };

  readonly #failed = (error: unknown): Response => {
    if (error instanceof ProxError) return this.#refuse(error.reason);
    this.#log("handler failed", error);
    return this.#refuse("internal_error");
  };

  #build(answer: ExchangeResponse): Response {
    const { body, status } = answer;
    const { method } = this.#request;
    this.#observe(answer);
    const pairs = answerFields(answer, this.#closes(answer));
    if (body === null || isBodiless(method, status)) {
      const wallTime = this.#shared.clock.wallTime();
      const response = bodilessResponse(answer, pairs, { method, wallTime });
      dropBody(body);
      return this.#whole(response, 0);
    }
    if (body instanceof Uint8Array) {
      return this.#whole(wholeResponse(status, body, pairs), body.length);
    }
    const outgoing = new OutgoingBody(this.#shared, this, body);
    const response = streamedResponse(status, outgoing, pairs);
    this.#outgoing = outgoing;
    this.#stopRuntimeClock();
    return response;
  }

  /** Leaves an answer at hand to the runtime, which does not tell when it has left. */
  #whole(response: Response, bytesOut: number): Response {
    this.#startRuntimeClock();
    this.#finish(bytesOut, undefined);
    return response;
  }

  /** The client left before its answer was there: the runtime sends nothing, whatever it gets. */
  #discard(answer: ExchangeResponse): Response {
    dropBody(answer.body);
    this.#observe({ ...answer, status: 499 });
    this.#finish(0, "client_closed");
    return new Response(null);
  }

  #refuse(reason: FailureReason): Response {
    const { method, target, headers, connection, scheme, startedAt } = this.#request;
    try {
      const answer = this.#shared.handler.refuse({
        reason,
        method,
        target,
        headers,
        connection,
        scheme,
        startedAt,
      });
      if (this.#request.aborted) return this.#discard(answer);
      return this.#build({ ...answer, close: true });
    } catch (error) {
      this.#log("refusal failed", error);
      this.#status = 500;
      this.#finish(0, "internal_error");
      return new Response(null, { status: 500, headers: { connection: "close" } });
    }
  }

  /**
   * Whether the connection ends with this answer. Not while the client may still send: the runtime
   * would close at once, and the reset would overtake the answer. It reads the rest off instead.
   */
  #closes(answer: ExchangeResponse): boolean {
    if (this.#request.closes) return true;
    if (this.#request.uploading) return this.#request.bodyStalled;
    return this.#shared.draining || answer.close === true;
  }

  /** An answer that takes the place of one that was not sent ends it with its own status. */
  #observe(answer: ExchangeResponse): void {
    this.#status = answer.status;
    if (this.#observer !== null) this.#tell(this.#observer, 0, "internal_error");
    this.#observer = answer.observer ?? null;
  }

  #finish(bytesOut: number, failure: FailureReason | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.#shared.open.delete(this);
    this.#raw.signal.removeEventListener("abort", this);
    const observer = this.#observer;
    this.#observer = null;
    if (observer !== null) this.#tell(observer, bytesOut, failure);
  }

  #tell(observer: ResponseObserver, bytesOut: number, failure: FailureReason | undefined): void {
    const outcome = { status: this.#status, bytesIn: this.#request.bytesIn, bytesOut };
    try {
      observer.finished(failure === undefined ? outcome : { ...outcome, failure });
    } catch (error) {
      this.#log("observer of an answer threw", error);
    }
  }

  /** The runtime cuts whoever is silent between two requests, slow handlers and slow clients alike. */
  #stopRuntimeClock(): void {
    if (this.#unlimited || this.#shared.keepAliveSeconds === 0) return;
    this.#unlimited = true;
    this.#server.timeout(this.#raw, 0);
  }

  /** Before the end of the answer: afterwards the connection can not be reached, and would idle for ever. */
  #startRuntimeClock(): void {
    if (!this.#unlimited) return;
    this.#unlimited = false;
    this.#server.timeout(this.#raw, this.#shared.keepAliveSeconds);
  }

  #log(message: string, error: unknown): void {
    this.#shared.log.log("error", message, { error: String(error) });
  }
}
