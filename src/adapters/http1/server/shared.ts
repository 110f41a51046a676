import type { Clock } from "../../../ports/clock.ts";
import type { ExchangeHandler } from "../../../ports/exchange.ts";
import type { Logger } from "../../../ports/logger.ts";
import { DeadlineQueue } from "../../../utils/deadline-queue.ts";
import { ChunkedDecoder } from "../codec/chunked.ts";
import type { HeadLimits } from "../codec/message.ts";
import { RequestHeadParser } from "../codec/request-head.ts";

/** Bytes of further requests that are kept while one is being answered. */
export const MOST_READ_AHEAD = 64 * 1024;
/** Bytes of an unwanted upload that are worth throwing away to keep its connection. */
export const MOST_DISCARDED = 256 * 1024;

/** How long the engine waits, in milliseconds; 0 = never gives up. */
export interface Http1Timeouts {
  /** For a whole request head, from its first byte (for the first one: from the connection). */
  readonly requestHeader: number;
  /** For the next byte of a body that somebody waits for. */
  readonly requestBody: number;
  /** For the client to take a byte of an answer under way. */
  readonly idle: number;
  /** For the next request. */
  readonly keepAlive: number;
  /** For what a client still sends after an early answer or a refusal. Default 5 s. */
  readonly linger?: number;
}

export interface Http1ServerOptions {
  readonly handler: ExchangeHandler;
  readonly clock: Clock;
  readonly log: Logger;
  /** `https` where the accepted streams are decrypted ones. */
  readonly scheme: "http" | "https";
  readonly limits: HeadLimits;
  readonly timeouts: Http1Timeouts;
}

/** Kinds of waits that can run out. */
export type Wait = "header" | "body" | "idle" | "keepAlive" | "linger";

/** What a connection offers to the server that holds it. */
export interface HeldConnection {
  expired(wait: Wait): void;
  /** Closes now if idle, else after the answer under way. */
  retire(): void;
  cut(): void;
}

const DEFAULT_LINGER = 5_000;
const LONGEST_TICK = 250;
const SHORTEST_TICK = 5;

/** What all connections of a server have in common. */
export class Http1Shared {
  readonly handler: ExchangeHandler;
  readonly clock: Clock;
  readonly log: Logger;
  readonly scheme: "http" | "https";
  readonly limits: HeadLimits;
  /** For heads that come whole: nothing of a connection stays in it. */
  readonly parser: RequestHeadParser;
  readonly open = new Set<HeldConnection>();
  readonly header: DeadlineQueue<HeldConnection>;
  readonly body: DeadlineQueue<HeldConnection>;
  readonly idle: DeadlineQueue<HeldConnection>;
  readonly keepAlive: DeadlineQueue<HeldConnection>;
  readonly linger: DeadlineQueue<HeldConnection>;
  /** No new request after the ones under way. */
  draining = false;
  /** Ready-made Date field, true to the second. */
  dateLine = "";
  /** Called once, when the last connection is gone. */
  readonly whenEmpty: (() => void)[] = [];
  #second = -1;
  readonly #queues: readonly (readonly [
    DeadlineQueue<HeldConnection>,
    (owner: HeldConnection) => void,
  ])[];

  constructor(options: Http1ServerOptions) {
    this.handler = options.handler;
    this.clock = options.clock;
    this.log = options.log;
    this.scheme = options.scheme;
    this.limits = options.limits;
    this.parser = new RequestHeadParser(options.limits);
    const { timeouts } = options;
    this.header = new DeadlineQueue(timeouts.requestHeader);
    this.body = new DeadlineQueue(timeouts.requestBody);
    this.idle = new DeadlineQueue(timeouts.idle);
    this.keepAlive = new DeadlineQueue(timeouts.keepAlive);
    this.linger = new DeadlineQueue(timeouts.linger ?? DEFAULT_LINGER);
    this.#queues = [
      [this.header, (owner) => owner.expired("header")],
      [this.body, (owner) => owner.expired("body")],
      [this.idle, (owner) => owner.expired("idle")],
      [this.keepAlive, (owner) => owner.expired("keepAlive")],
      [this.linger, (owner) => owner.expired("linger")],
    ];
    this.tick();
  }

  /** Makes a decoder for the chunked bodies of one connection; trailers are bounded like heads. */
  newDecoder(): ChunkedDecoder {
    const { maxHeaderBytes, maxHeaderCount } = this.limits;
    return new ChunkedDecoder({ maxTrailerBytes: maxHeaderBytes, maxTrailerCount: maxHeaderCount });
  }

  /** Milliseconds between ticks: a quarter of the shortest wait, within reason. */
  get tickInterval(): number {
    let shortest = LONGEST_TICK * 4;
    for (const [queue] of this.#queues) {
      if (queue.milliseconds > 0) shortest = Math.min(shortest, queue.milliseconds);
    }
    return Math.max(SHORTEST_TICK, Math.min(LONGEST_TICK, Math.floor(shortest / 4)));
  }

  /** Expires what is due and turns the date. */
  tick(): void {
    const second = Math.floor(this.clock.wallTime() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.dateLine = `date: ${new Date(second * 1000).toUTCString()}\r\n`;
    }
    const now = this.clock.now();
    for (const [queue, onExpired] of this.#queues) queue.expire(now, onExpired);
  }

  forget(connection: HeldConnection): void {
    this.open.delete(connection);
    if (this.open.size > 0) return;
    for (const call of this.whenEmpty.splice(0)) call();
  }
}
