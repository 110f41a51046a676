import type { ExchangeResponse, ResponseObserver } from "../../../ports/exchange.ts";
import { type FailureReason, ProxError } from "../../../ports/failure.ts";
import { Deadline } from "../../../utils/deadline-queue.ts";
import { UNTIL_CLOSE } from "../codec/message.ts";
import { BodyPump, type PumpOwner } from "./body-pump.ts";
import { bodyFraming, finalHead, NO_BODY } from "./framing.ts";
import type { Output } from "./output.ts";
import type { HeldConnection, Http1Shared } from "./shared.ts";

/** The exchange that an answer belongs to. */
export interface AnswerOwner {
  /** Body bytes of the request that came in so far. */
  readonly bytesIn: number;
  /** The last byte of the answer is with the kernel. */
  answerSent(): void;
  /** The body failed before anything was sent: another answer can take its place. */
  answerFailed(error: unknown): void;
}

/** What an answer must know of its request. */
export interface AnswerTo {
  readonly method: string;
  readonly minorVersion: number;
  /** Whether the connection may be kept as far as the request is concerned. */
  readonly reusable: boolean;
}

/** The answer under way on a connection; used again for the next one. */
export class Answer implements PumpOwner {
  /** The final answer has been begun; nothing interim may follow. */
  started = false;
  /** Whether the client was told that the connection stays open. */
  keepAlive = false;
  readonly #shared: Http1Shared;
  readonly #output: Output;
  readonly #owner: AnswerOwner;
  readonly #connection: HeldConnection;
  /** Waits for the client to take bytes. */
  readonly #wait: Deadline<HeldConnection>;
  #pump: BodyPump | null = null;
  #pumping = false;
  #written = false;
  #status = 0;
  #bytesOut = 0;
  #failure: FailureReason | undefined;
  #observer: ResponseObserver | null = null;

  constructor(shared: Http1Shared, output: Output, owner: AnswerOwner, connection: HeldConnection) {
    this.#shared = shared;
    this.#output = output;
    this.#owner = owner;
    this.#connection = connection;
    this.#wait = new Deadline<HeldConnection>(connection);
  }

  /** Sends a final answer. */
  start(response: ExchangeResponse, to: AnswerTo): void {
    const { body } = response;
    const { minorVersion } = to;
    const framing = bodyFraming(response, to.method, minorVersion);
    const keepAlive = to.reusable && framing !== UNTIL_CLOSE;
    const { dateLine } = this.#shared;
    const head = finalHead(response, { framing, keepAlive, minorVersion, dateLine });
    this.#status = response.status;
    this.#replaceObserver(response.observer ?? null);
    this.#failure = undefined;
    this.#bytesOut = 0;
    this.#written = false;
    this.started = true;
    this.keepAlive = keepAlive;
    if (body === null || body instanceof Uint8Array) {
      this.#sendWhole(head, framing > 0 ? body : null);
      return;
    }
    if (framing === NO_BODY) {
      body.cancel();
      this.#sendWhole(head, null);
      return;
    }
    this.#pumping = true;
    this.#pump ??= new BodyPump(this.#output, this);
    this.#pump.start(head, body, framing);
  }

  /** Sends an interim answer. */
  interim(head: string): void {
    this.#output.text(head);
    this.#output.flush();
    if (this.#output.blocked) this.outputBlocked();
  }

  /** The stream may have room again. */
  drain(): void {
    if (!this.#output.blocked) return;
    const moved = this.#output.drain();
    if (this.#output.blocked) {
      if (moved) this.#shared.idle.arm(this.#wait, this.#shared.clock.now());
      return;
    }
    this.#wait.disarm();
    if (this.#output.lost) return;
    if (this.#written) this.#sent();
    else if (this.#pumping) this.#pump?.drained();
  }

  /** Remembers why the answer breaks off; the first reason counts. */
  fail(reason: FailureReason): void {
    this.#failure ??= reason;
  }

  /** Asks who watches the answer that failed unsent for another one; null where nobody has any. */
  replacement(error: unknown): ExchangeResponse | null {
    const replacement = this.#observer?.failed?.(error) ?? null;
    if (replacement !== null) this.#observer = null;
    return replacement;
  }

  /** Ends an answer whose connection is gone. */
  abandon(): void {
    this.#wait.disarm();
    if (this.#pumping) {
      this.#pumping = false;
      this.#bytesOut = this.#pump?.written ?? 0;
      this.#pump?.stop();
    }
    this.#bytesOut = Math.max(0, this.#bytesOut - this.#output.waiting);
    this.#output.discard();
    if (this.started) this.#finish(this.#failure ?? "client_closed");
  }

  bodyWritten(excess: boolean): void {
    this.#pumping = false;
    this.#bytesOut = this.#pump?.written ?? 0;
    if (excess) this.keepAlive = false;
    this.#complete();
  }

  bodyBroken(error: unknown, headSent: boolean): void {
    this.#pumping = false;
    this.#bytesOut = this.#pump?.written ?? 0;
    this.fail(error instanceof ProxError ? error.reason : "internal_error");
    if (!(error instanceof ProxError)) {
      const text = error === undefined ? "body is shorter than its length" : String(error);
      this.#shared.log.log("error", "response body failed", { error: text });
    }
    if (headSent) this.#connection.cut();
    else this.#owner.answerFailed(error);
  }

  outputBlocked(): void {
    if (this.#wait.queue === null) this.#shared.idle.arm(this.#wait, this.#shared.clock.now());
  }

  #sendWhole(head: string, body: Uint8Array | null): void {
    this.#output.text(head);
    if (body !== null) {
      this.#output.bytes(body);
      this.#bytesOut = body.length;
    }
    this.#output.flush();
    this.#complete();
  }

  #complete(): void {
    this.#written = true;
    if (this.#output.lost) return;
    if (this.#output.blocked) this.outputBlocked();
    else this.#sent();
  }

  #sent(): void {
    this.#finish(undefined);
    this.#owner.answerSent();
  }

  #finish(failure: FailureReason | undefined): void {
    this.started = false;
    this.#written = false;
    const observer = this.#observer;
    this.#observer = null;
    this.#report(observer, failure);
  }

  /** An answer that takes the place of one that failed unsent ends it with its own status. */
  #replaceObserver(next: ResponseObserver | null): void {
    const previous = this.#observer;
    this.#observer = next;
    if (previous !== null) this.#report(previous, this.#failure);
  }

  #report(observer: ResponseObserver | null, failure: FailureReason | undefined): void {
    if (observer === null) return;
    const outcome = {
      status: this.#status,
      bytesIn: this.#owner.bytesIn,
      bytesOut: this.#bytesOut,
    };
    try {
      observer.finished(failure === undefined ? outcome : { ...outcome, failure });
    } catch (error) {
      this.#shared.log.log("error", "observer of an answer threw", { error: String(error) });
    }
  }
}
