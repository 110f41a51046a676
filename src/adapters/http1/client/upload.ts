import type { ByteStream } from "../../../ports/byte-stream.ts";
import type { Body, BodyStream } from "../../../ports/exchange.ts";
import { ProxError } from "../../../ports/failure.ts";
import type { UpstreamRequest } from "../../../ports/upstream-client.ts";
import { Deadline } from "../../../utils/deadline-queue.ts";
import { hasHeader } from "../../../utils/header-list.ts";
import { CRLF, chunkHeader, lastChunk } from "../codec/chunked.ts";
import { CHUNKED } from "../codec/message.ts";
import { requestHead } from "../codec/serialise.ts";
import { Outgoing } from "./outgoing.ts";
import { requestFraming } from "./request-framing.ts";
import type { Expirable, UpstreamDeadlines } from "./upstream-deadlines.ts";

/** How long a body is held back for a 100 that may never come (RFC 9110, 10.1.1), milliseconds. */
const CONTINUE_WAIT = 1000;

/** From this size on a chunk is given back when it is sent. */
const RELEASED_BYTES = 32 * 1024;

/** Told how the sending of a request goes. */
export interface UploadOwner {
  /** The last byte is with the kernel. */
  uploadFinished(): void;
  /** The request's own body failed. */
  uploadFailed(error: unknown): void;
  /** The upstream took nothing for too long. */
  uploadTimedOut(): void;
  /** The stream takes no more bytes; an answer may still be on its way. */
  uploadBroken(): void;
}

/** Sends requests over one connection, one after the other; pulls a body as fast as it leaves. */
export class Upload implements Expirable {
  /** Whether the request is complete, so that the connection may carry another one. */
  finished = true;
  readonly #outgoing: Outgoing;
  readonly #owner: UploadOwner;
  readonly #deadlines: UpstreamDeadlines;
  readonly #deadline = new Deadline<Expirable>(this);
  /** The body that is being sent; null where none is, or it is complete. */
  #body: BodyStream | null = null;
  /** Body bytes still to be sent, or CHUNKED. */
  #left = 0;
  /** A body that waits for a 100. */
  #held: Body = null;
  /** Whether a read of the body is under way. */
  #reading = false;
  #stopped = false;
  #idle = 0;

  constructor(stream: ByteStream, owner: UploadOwner, deadlines: UpstreamDeadlines) {
    this.#outgoing = new Outgoing(stream);
    this.#owner = owner;
    this.#deadlines = deadlines;
  }

  /** Whether the upstream may have seen any byte of the request. */
  get sent(): boolean {
    return this.#outgoing.sent;
  }

  /** Sends a head and starts with its body: both in one write where the body is at hand. */
  begin(request: UpstreamRequest): void {
    const { method, target, headers, body } = request;
    this.finished = false;
    this.#outgoing.sent = false;
    this.#idle = request.timeouts.idle;
    const framing = requestFraming(method, body);
    if (!request.expectContinue || body === null) {
      this.#send(requestHead(method, target, headers, framing), body);
      return;
    }
    const expect = hasHeader(headers, "expect") ? "" : "expect: 100-continue\r\n";
    this.#held = body;
    this.#outgoing.write(requestHead(method, target, headers, framing + expect), null, "");
    this.#deadlines.arm(this.#deadline, CONTINUE_WAIT);
  }

  /** Lets a body go that was held back. */
  release(): void {
    const body = this.#held;
    if (body === null || this.#stopped) return;
    this.#held = null;
    this.#deadline.disarm();
    this.#send("", body);
  }

  /** There may be room again. */
  drained(): void {
    if (!this.#outgoing.stalled) return;
    const moved = this.#outgoing.flush();
    if (this.#outgoing.stalled && !moved) return;
    if (this.#held !== null) return;
    this.#deadline.disarm();
    if (!this.#reading && this.#body !== null) this.#pump("");
    else this.#settle();
  }

  /** An answer has begun: it may last longer than the upstream reads. */
  answered(): void {
    this.#deadline.disarm();
    this.#idle = 0;
  }

  /** Gives the rest up for good. A body that nobody read is left to a later try, unless it is `over`. */
  stop(over: boolean): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#deadline.disarm();
    this.#outgoing.drop();
    const body = this.#body ?? this.#held;
    this.#body = null;
    this.#held = null;
    if (body === null || body instanceof Uint8Array) return;
    if (over || body.consumed) body.cancel();
  }

  deadlineExpired(): void {
    if (this.#held === null) this.#owner.uploadTimedOut();
    else this.release();
  }

  #send(head: string, body: Body): void {
    if (body === null || body instanceof Uint8Array) {
      this.#outgoing.write(head, body, "");
      this.#settle();
      return;
    }
    this.#body = body;
    this.#left = body.length ?? CHUNKED;
    this.#pump(head);
  }

  /** Moves chunks while they are at hand and leave at once. */
  #pump(head: string): void {
    let before = head;
    while (this.#body !== null && !this.#outgoing.stalled && !this.#outgoing.broken) {
      const chunk = this.#read(this.#body);
      if (chunk === undefined) {
        if (before !== "" && !this.#stopped) this.#outgoing.write(before, null, "");
        break;
      }
      if (!this.#forward(before, chunk)) return;
      before = "";
    }
    this.#settle();
  }

  /** Takes a chunk that is at hand; undefined where it will come later, or has failed. */
  #read(body: BodyStream): Uint8Array | null | undefined {
    try {
      const next = body.read();
      if (next === null || next instanceof Uint8Array) return next;
      this.#reading = true;
      next.then(this.#arrived, this.#failed);
    } catch (error) {
      this.#failed(error);
    }
    return undefined;
  }

  readonly #arrived = (chunk: Uint8Array | null): void => {
    this.#reading = false;
    if (this.#body === null || this.#stopped) return;
    try {
      if (this.#forward("", chunk)) this.#pump("");
    } catch (error) {
      // Nobody waits for the promise that would carry it.
      this.#failed(error);
    }
  };

  readonly #failed = (error: unknown): void => {
    this.#reading = false;
    if (!this.#stopped) this.#owner.uploadFailed(error);
  };

  /** Writes one chunk, or for null the end. Returns false where the body contradicts its length. */
  #forward(before: string, chunk: Uint8Array | null): boolean {
    const body = this.#body;
    if (this.#left === CHUNKED) {
      if (chunk !== null) {
        this.#outgoing.write(before + chunkHeader(chunk.length), chunk, CRLF);
        this.#giveBack(body, chunk);
        return true;
      }
      this.#outgoing.write(before, null, lastChunk(body?.trailers ?? []));
      this.#body = null;
      return true;
    }
    const length = chunk === null ? 0 : chunk.length;
    if (chunk === null ? this.#left > 0 : length > this.#left) {
      const cause = "request body differs from its length";
      this.#owner.uploadFailed(new ProxError("internal_error", "internal", { cause }));
      return false;
    }
    if (before !== "" || chunk !== null) this.#outgoing.write(before, chunk, "");
    if (chunk !== null) this.#giveBack(body, chunk);
    this.#left -= length;
    if (this.#left === 0) this.#body = null;
    return true;
  }

  /** Lets the memory of a chunk be used again that is with the kernel. */
  #giveBack(body: BodyStream | null, chunk: Uint8Array): void {
    if (chunk.length >= RELEASED_BYTES && !this.#outgoing.stalled) body?.release?.(chunk);
  }

  /** Draws the conclusions from what the last write did. */
  #settle(): void {
    if (this.#stopped) return;
    if (this.#outgoing.broken) this.#owner.uploadBroken();
    else if (this.#outgoing.stalled) this.#deadlines.arm(this.#deadline, this.#idle);
    else if (this.#body === null && this.#held === null) {
      this.finished = true;
      this.#owner.uploadFinished();
    }
  }
}
