import type { Body } from "../../../ports/exchange.ts";
import { ChunkedDecoder } from "../codec/chunked.ts";
import {
  CHUNKED,
  type HeadLimits,
  NEED_MORE,
  REFUSED,
  type ResponseHead,
  UNTIL_CLOSE,
} from "../codec/message.ts";
import { ResponseHeadParser } from "../codec/response-head.ts";
import { type BodySource, ResponseBody } from "./response-body.ts";

/** Bodies from this size on are always streamed. */
const STREAMED_BYTES = 32 * 1024;

/** Told what comes back over a connection, in order. */
export interface DownloadOwner extends BodySource {
  /** A 1xx answer. Returns false where nothing more is to be read. */
  interim(head: ResponseHead): boolean;
  /** The final head, with a body at hand or one to be read. */
  answered(head: ResponseHead, body: Body): void;
  /** The answer is complete; `clean` where no byte followed it. */
  complete(clean: boolean): void;
  /** The answer can not be understood. */
  malformed(detail: string): void;
}

type Phase = "idle" | "head" | "length" | "chunked" | "until_close";

/** Reads the answers that come over one connection, one after the other. */
export class Download {
  /** Whether any byte of the present answer came. */
  started = false;
  /** The body that is still coming in; null where none is. */
  body: ResponseBody | null = null;
  readonly #owner: DownloadOwner;
  readonly #parser: ResponseHeadParser;
  readonly #limits: HeadLimits;
  #decoder: ChunkedDecoder | null = null;
  #phase: Phase = "idle";
  #method = "";
  /** The beginning of an unfinished head. */
  #carry: Buffer | null = null;
  /** Body bytes still to come. */
  #left = 0;

  constructor(owner: DownloadOwner, limits: HeadLimits) {
    this.#owner = owner;
    this.#limits = limits;
    this.#parser = new ResponseHeadParser(limits);
  }

  /** Expects the answer to a request. */
  begin(method: string): void {
    this.#phase = "head";
    this.#method = method;
    this.started = false;
  }

  /** Takes bytes as they come. */
  feed(chunk: Buffer): void {
    this.started = true;
    switch (this.#phase) {
      case "head":
        this.#feedHead(chunk);
        return;
      case "length":
        this.#feedLength(chunk);
        return;
      case "chunked":
        this.#feedChunked(chunk, 0);
        return;
      case "until_close":
        this.body?.deliver(chunk);
        return;
      case "idle":
        return;
    }
  }

  /** The peer sends no more. Returns whether that is the proper end of the answer. */
  ended(): boolean {
    if (this.#phase !== "until_close") return false;
    this.#finishBody([]);
    this.#owner.complete(false);
    return true;
  }

  /** Forgets the answer, whose reader is told elsewhere. */
  stop(): void {
    this.#phase = "idle";
    this.body = null;
    this.#carry = null;
  }

  #feedHead(chunk: Buffer): void {
    const bytes = this.#carry === null ? chunk : Buffer.concat([this.#carry, chunk]);
    this.#carry = null;
    let offset = 0;
    while (offset < bytes.length) {
      const end = this.#parser.parse(bytes, offset, this.#method);
      if (end === NEED_MORE) {
        this.#carry = offset === 0 ? bytes : bytes.subarray(offset);
        return;
      }
      if (end === REFUSED) {
        this.#owner.malformed(this.#parser.fault.detail);
        return;
      }
      const head = this.#parser.head;
      if (head.status >= 200) {
        this.#beginBody(head, bytes, end);
        return;
      }
      if (!this.#owner.interim(head)) return;
      offset = end;
    }
  }

  #beginBody(head: ResponseHead, bytes: Buffer, at: number): void {
    if (head.bodyLength === CHUNKED) {
      this.#beginChunked(head, bytes, at);
      return;
    }
    const end = at + head.bodyLength;
    if (head.bodyLength !== UNTIL_CLOSE && end <= bytes.length) {
      this.#answerWhole(head, bytes.subarray(at, end));
      this.#owner.complete(end === bytes.length);
      return;
    }
    const untilClose = head.bodyLength === UNTIL_CLOSE;
    this.#phase = untilClose ? "until_close" : "length";
    this.#left = end - bytes.length;
    this.#answerWithStream(head, untilClose ? undefined : head.bodyLength);
    if (at < bytes.length) this.body?.deliver(bytes.subarray(at));
  }

  /** A large body is streamed also where it is all here: its memory can then be given back. */
  #answerWhole(head: ResponseHead, body: Buffer): void {
    this.#phase = "idle";
    if (body.length < STREAMED_BYTES) {
      this.#owner.answered(head, body.length === 0 ? null : body);
      return;
    }
    this.#answerWithStream(head, body.length);
    this.body?.deliver(body);
    this.#finishBody([]);
  }

  /** Answers with a stream even where all of it is here: what came in chunks leaves in chunks. */
  #beginChunked(head: ResponseHead, bytes: Buffer, at: number): void {
    const decoder = this.#resetDecoder();
    const runs: Buffer[] = [];
    let offset = at;
    while (offset < bytes.length && !decoder.done) {
      offset = decoder.decode(bytes, offset);
      if (offset === REFUSED) {
        this.#refuseChunked(decoder);
        return;
      }
      if (decoder.chunk !== null) runs.push(decoder.chunk);
    }
    this.#phase = "chunked";
    this.#answerWithStream(head, undefined);
    for (const run of runs) this.body?.deliver(run);
    if (decoder.done) this.#finishChunked(decoder, offset === bytes.length);
  }

  #resetDecoder(): ChunkedDecoder {
    if (this.#decoder === null) {
      const { maxHeaderBytes, maxHeaderCount } = this.#limits;
      this.#decoder = new ChunkedDecoder({
        maxTrailerBytes: maxHeaderBytes,
        maxTrailerCount: maxHeaderCount,
      });
    }
    this.#decoder.reset();
    return this.#decoder;
  }

  #answerWithStream(head: ResponseHead, length: number | undefined): void {
    // The runs of a chunked body are views of one piece of input.
    const ownChunks = head.bodyLength !== CHUNKED;
    this.body = new ResponseBody(length, this.#owner, { ownChunks });
    this.#owner.answered(head, this.body);
  }

  #feedLength(chunk: Buffer): void {
    if (chunk.length < this.#left) {
      this.#left -= chunk.length;
      this.body?.deliver(chunk);
      return;
    }
    const clean = chunk.length === this.#left;
    this.body?.deliver(clean ? chunk : chunk.subarray(0, this.#left));
    this.#finishBody([]);
    this.#owner.complete(clean);
  }

  #feedChunked(chunk: Buffer, from: number): void {
    const decoder = this.#decoder;
    let offset = from;
    while (decoder !== null && offset < chunk.length) {
      offset = decoder.decode(chunk, offset);
      if (offset === REFUSED) {
        this.#refuseChunked(decoder);
        return;
      }
      if (decoder.chunk !== null) this.body?.deliver(decoder.chunk);
      if (decoder.done) {
        this.#finishChunked(decoder, offset === chunk.length);
        return;
      }
    }
  }

  #refuseChunked(decoder: ChunkedDecoder): void {
    this.#owner.malformed(decoder.fault?.detail ?? "chunked body");
  }

  #finishChunked(decoder: ChunkedDecoder, clean: boolean): void {
    this.#finishBody(decoder.trailers);
    this.#owner.complete(clean);
  }

  #finishBody(trailers: string[]): void {
    const body = this.body;
    this.#phase = "idle";
    this.body = null;
    body?.finish(trailers);
  }
}
