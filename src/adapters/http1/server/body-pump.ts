import type { BodyStream } from "../../../ports/exchange.ts";
import { CRLF, chunkHeader, lastChunk } from "../codec/chunked.ts";
import { CHUNKED } from "../codec/message.ts";
import type { Output } from "./output.ts";

/** Bytes that are collected from a source for one write. */
const BATCH_BYTES = 64 * 1024;
/** Bytes that one answer may move before other connections get their turn. */
const TURN_BYTES = 1024 * 1024;

/** From this size on a chunk is given back when it is sent. */
const RELEASED_BYTES = 32 * 1024;

/** Who is told how a streamed body ended. */
export interface PumpOwner {
  /** All of it is handed to the output. `excess`: the source had more than it said; it was cut. */
  bodyWritten(excess: boolean): void;
  /** The source failed, or ended before its length (`error` undefined); `headSent`: too late for another answer. */
  bodyBroken(error: unknown, headSent: boolean): void;
  /** Bytes wait in the output. */
  outputBlocked(): void;
}

/** Moves a streamed body to a connection's output, one batch at a time, no faster than the client reads. */
export class BodyPump {
  /** Body bytes handed to the output. */
  written = 0;
  readonly #output: Output;
  readonly #owner: PumpOwner;
  readonly #batch: Uint8Array[] = [];
  #body: BodyStream | null = null;
  #head = "";
  /** Bytes to come; negative where the framing does not say. */
  #remaining = 0;
  #chunked = false;
  #reading = false;
  #turn = 0;

  constructor(output: Output, owner: PumpOwner) {
    this.#output = output;
    this.#owner = owner;
  }

  /** Starts an answer: its head leaves together with what the body has at hand. */
  start(head: string, body: BodyStream, framing: number): void {
    this.written = 0;
    this.#head = head;
    this.#body = body;
    this.#remaining = framing;
    this.#chunked = framing === CHUNKED;
    this.#turn = 0;
    this.#run(undefined);
  }

  /** Goes on when the output is empty again. */
  drained(): void {
    this.#turn = 0;
    if (!this.#reading) this.#run(undefined);
  }

  /** Gives the body up. */
  stop(): void {
    const body = this.#body;
    this.#body = null;
    body?.cancel();
  }

  readonly #arrived = (chunk: Uint8Array | null): void => {
    this.#reading = false;
    this.#turn = 0;
    this.#run(chunk);
  };

  readonly #failed = (error: unknown): void => {
    this.#reading = false;
    this.#break(error);
  };

  readonly #nextTurn = (): void => {
    this.#reading = false;
    this.#turn = 0;
    this.#run(undefined);
  };

  #break(error: unknown): void {
    if (this.#body === null) return;
    const headSent = this.#head === "";
    this.#head = "";
    this.stop();
    this.#owner.bodyBroken(error, headSent);
  }

  #run(first: Uint8Array | null | undefined): void {
    const body = this.#body;
    if (body === null) return;
    let ended: boolean;
    try {
      ended = this.#collect(body, first);
    } catch (error) {
      this.#batch.length = 0;
      this.#break(error);
      return;
    }
    const excess = this.#write();
    if (ended || excess) this.#finish(body, excess);
    else this.#continue(body);
  }

  /** Takes what is at hand; true at the end of the body. */
  #collect(body: BodyStream, first: Uint8Array | null | undefined): boolean {
    let size = 0;
    let next: Uint8Array | null | Promise<Uint8Array | null> =
      first === undefined ? body.read() : first;
    for (;;) {
      if (next === null) return true;
      if (next instanceof Promise) {
        this.#reading = true;
        next.then(this.#arrived, this.#failed);
        return false;
      }
      this.#batch.push(next);
      size += next.length;
      if (size >= BATCH_BYTES || this.#output.blocked) return false;
      next = body.read();
    }
  }

  /** Writes head and batch; true if the body went over its length. */
  #write(): boolean {
    const output = this.#output;
    if (this.#head !== "") {
      output.text(this.#head);
      this.#head = "";
    }
    let excess = false;
    for (let chunk of this.#batch) {
      if (this.#remaining >= 0) {
        if (chunk.length > this.#remaining) {
          chunk = chunk.subarray(0, this.#remaining);
          excess = true;
        }
        this.#remaining -= chunk.length;
      }
      if (chunk.length === 0) continue;
      this.written += chunk.length;
      this.#turn += chunk.length;
      if (this.#chunked) output.text(chunkHeader(chunk.length));
      output.bytes(chunk);
      if (this.#chunked) output.text(CRLF);
    }
    return excess;
  }

  /** Sends what was joined, and gives back the chunks that are with the kernel. */
  #flush(body: BodyStream): void {
    const output = this.#output;
    output.flush();
    if (body.release !== undefined) {
      for (const chunk of this.#batch) {
        if (chunk.length >= RELEASED_BYTES && output.letGo(chunk)) body.release(chunk);
      }
    }
    this.#batch.length = 0;
  }

  #finish(body: BodyStream, excess: boolean): void {
    if (this.#remaining > 0) {
      this.#flush(body);
      this.#break(undefined);
      return;
    }
    if (this.#chunked) this.#output.text(lastChunk(body.trailers));
    this.#flush(body);
    if (excess) body.cancel();
    this.#body = null;
    this.#owner.bodyWritten(excess);
  }

  #continue(body: BodyStream): void {
    this.#flush(body);
    if (this.#output.lost) return;
    if (this.#output.blocked) this.#owner.outputBlocked();
    else if (!this.#reading) this.#yieldOrRun();
  }

  #yieldOrRun(): void {
    if (this.#turn < TURN_BYTES) {
      this.#run(undefined);
      return;
    }
    this.#reading = true;
    setImmediate(this.#nextTurn);
  }
}
