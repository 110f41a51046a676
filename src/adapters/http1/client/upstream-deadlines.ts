import type { Clock } from "../../../ports/clock.ts";
import { type Deadline, DeadlineQueue } from "../../../utils/deadline-queue.ts";

/** Something that waits, and is told when it has waited too long. */
export interface Expirable {
  deadlineExpired(): void;
}

/** How often waits are looked at, in milliseconds: no deadline is later than this. */
const TICK = 50;

/**
 * The deadlines of all upstream clients of a worker: one queue for each duration that the
 * configuration names, one coarse timer for all of them.
 */
export class UpstreamDeadlines {
  readonly #clock: Clock;
  readonly #queues = new Map<number, DeadlineQueue<Expirable>>();
  readonly #stop: () => void;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#stop = clock.every(TICK, () => this.#tick());
  }

  /** Starts a wait anew; 0 = without end. */
  arm(deadline: Deadline<Expirable>, milliseconds: number): void {
    let queue = this.#queues.get(milliseconds);
    if (queue === undefined) {
      queue = new DeadlineQueue<Expirable>(milliseconds);
      this.#queues.set(milliseconds, queue);
    }
    queue.arm(deadline, this.#clock.now());
  }

  /** Milliseconds on the monotonic clock. */
  now(): number {
    return this.#clock.now();
  }

  /** Ends the timer: nothing expires any more. */
  stop(): void {
    this.#stop();
  }

  #tick(): void {
    const now = this.#clock.now();
    for (const queue of this.#queues.values()) queue.expire(now, expired);
  }
}

function expired(owner: Expirable): void {
  owner.deadlineExpired();
}
