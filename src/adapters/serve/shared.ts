import type { Clock } from "../../ports/clock.ts";
import type { ExchangeHandler } from "../../ports/exchange.ts";
import type { Logger } from "../../ports/logger.ts";
import { DeadlineQueue } from "../../utils/deadline-queue.ts";

/** Bounds on a request head; bytes of the target, of all field lines, and the number of fields. */
export interface ServeLimits {
  readonly maxUriBytes: number;
  readonly maxHeaderBytes: number;
  readonly maxHeaderCount: number;
}

/** How long the engine waits, in milliseconds; 0 = never gives up. */
export interface ServeTimeouts {
  /** For the next byte of a body that somebody waits for. */
  readonly requestBody: number;
  /** For the client to take a byte of an answer under way. */
  readonly idle: number;
  /** For the next request; the runtime counts whole seconds, 255 at most. */
  readonly keepAlive: number;
}

export interface ServeEngineOptions {
  /** IP literal without brackets. */
  readonly hostname: string;
  /** 0 = any free port. */
  readonly port: number;
  readonly handler: ExchangeHandler;
  readonly clock: Clock;
  readonly log: Logger;
  readonly limits: ServeLimits;
  readonly timeouts: ServeTimeouts;
}

/** Something that waits and is told when it has waited too long. */
export interface Waiting {
  waitedTooLong(): void;
}

/** An exchange under way. */
export interface OpenExchange {
  /** Ends it now, whatever is under way. */
  cut(): void;
}

/** The most that the runtime accepts, in seconds. */
const LONGEST_IDLE = 255;
const LONGEST_TICK = 250;
const SHORTEST_TICK = 5;

/** What all exchanges of a serve engine have in common. */
export class ServeShared {
  readonly handler: ExchangeHandler;
  readonly clock: Clock;
  readonly log: Logger;
  readonly limits: ServeLimits;
  /** Between requests, in the runtime's unit: whole seconds, 0 = never. */
  readonly keepAliveSeconds: number;
  readonly body: DeadlineQueue<Waiting>;
  readonly idle: DeadlineQueue<Waiting>;
  readonly open = new Set<OpenExchange>();
  /** Answers say that their connection closes. */
  draining = false;

  constructor({ handler, clock, log, limits, timeouts }: ServeEngineOptions) {
    this.handler = handler;
    this.clock = clock;
    this.log = log;
    this.limits = limits;
    this.keepAliveSeconds = Math.min(LONGEST_IDLE, Math.ceil(timeouts.keepAlive / 1000));
    this.body = new DeadlineQueue(timeouts.requestBody);
    this.idle = new DeadlineQueue(timeouts.idle);
  }

  /** Begins to look for waits that are over; the returned function stops it. */
  startTicking(): () => void {
    let shortest = LONGEST_TICK * 4;
    for (const { milliseconds } of [this.body, this.idle]) {
      if (milliseconds > 0) shortest = Math.min(shortest, milliseconds);
    }
    const interval = Math.max(SHORTEST_TICK, Math.floor(shortest / 4));
    return this.clock.every(interval, () => {
      const now = this.clock.now();
      this.body.expire(now, tooLong);
      this.idle.expire(now, tooLong);
    });
  }
}

function tooLong(waiting: Waiting): void {
  waiting.waitedTooLong();
}
