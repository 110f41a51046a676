/**
 * Deadlines of one class (one duration): because all wait equally long, whoever is armed last is
 * due last, so a linked list in arming order needs no sorting. Arming costs some 40 ns where a
 * timer costs over 1 µs. Nothing here ticks: the owner calls `expire` from one coarse shared timer.
 */

/** One wait that may run out; embed one per kind of wait in its owner and use it again and again. */
export class Deadline<T> {
  readonly owner: T;
  /** When it runs out, on the caller's clock; meaningless unless armed. */
  dueAt = 0;
  queue: DeadlineQueue<T> | null = null;
  previous: Deadline<T> | null = null;
  next: Deadline<T> | null = null;

  constructor(owner: T) {
    this.owner = owner;
  }

  /** Stops the wait, in whatever queue it is. Harmless when it is in none. */
  disarm(): void {
    this.queue?.remove(this);
  }
}

/** Waits of one duration, soonest first. */
export class DeadlineQueue<T> {
  /** How long each wait lasts; 0 = for ever. */
  readonly milliseconds: number;
  #head: Deadline<T> | null = null;
  #tail: Deadline<T> | null = null;

  constructor(milliseconds: number) {
    this.milliseconds = milliseconds;
  }

  /** Starts the wait anew from `now`; takes it out of the queue where it was armed before. */
  arm(deadline: Deadline<T>, now: number): void {
    deadline.queue?.remove(deadline);
    if (this.milliseconds === 0) return;
    deadline.dueAt = now + this.milliseconds;
    deadline.queue = this;
    const tail = this.#tail;
    deadline.previous = tail;
    if (tail === null) this.#head = deadline;
    else tail.next = deadline;
    this.#tail = deadline;
  }

  /** Takes a wait out of this queue. */
  remove(deadline: Deadline<T>): void {
    if (deadline.queue !== this) return;
    const { previous, next } = deadline;
    if (previous === null) this.#head = next;
    else previous.next = next;
    if (next === null) this.#tail = previous;
    else next.previous = previous;
    deadline.previous = null;
    deadline.next = null;
    deadline.queue = null;
  }

  /**
   * Disarms each wait that is over at `now` and hands its owner to `onExpired`, which may arm and
   * disarm as it likes.
   */
  expire(now: number, onExpired: (owner: T) => void): void {
    for (let head = this.#head; head !== null && head.dueAt <= now; head = this.#head) {
      this.remove(head);
      onExpired(head.owner);
    }
  }
}
