import type { UpstreamAddress } from "../../ports/upstream-client.ts";
import type { DialAttempt } from "./dial-attempt.ts";
import { placeOf } from "./dial-attempt.ts";

/** How long an address that did not answer is tried last, milliseconds. */
const AVOID = 10_000;
/** Connects to one place that were given up, but hold a descriptor until the kernel lets go. */
const MAX_ABANDONED = 128;
/** Places remembered; more are never configured in earnest. */
const MAX_PLACES = 4096;

/** What a dialler has learnt: whose turn it is, who did not answer, what the kernel still tries. */
export class DialMemory {
  /** Place to the time until which it is tried last. */
  readonly #avoided = new Map<string, number>();
  /** Place to the number of connects that nobody waits for any more. */
  readonly #abandoned = new Map<string, number>();
  #turn = 0;

  /** Orders addresses: another one first each time, those that did not answer lately last. */
  order(target: UpstreamAddress, literals: readonly string[]): readonly string[] {
    if (literals.length < 2) return literals;
    this.#turn = (this.#turn + 1) % Number.MAX_SAFE_INTEGER;
    const start = this.#turn % literals.length;
    const rotated = [...literals.slice(start), ...literals.slice(0, start)];
    const now = performance.now();
    const avoided = (literal: string): boolean =>
      (this.#avoided.get(placeOf(target, literal)) ?? 0) > now;
    return [...rotated.filter((l) => !avoided(l)), ...rotated.filter(avoided)];
  }

  /** The place answered. */
  reached(place: string): void {
    if (this.#avoided.size > 0) this.#avoided.delete(place);
  }

  /** The place refused, or kept silent. */
  missed(place: string): void {
    if (this.#avoided.size >= MAX_PLACES) this.#avoided.clear();
    this.#avoided.set(place, performance.now() + AVOID);
  }

  /** Whether so many connects to the place are pending already that another one would be no use. */
  crowded(place: string): boolean {
    return (this.#abandoned.get(place) ?? 0) >= MAX_ABANDONED;
  }

  /** Gives an attempt up, and counts it as long as the kernel holds on to it. */
  abandon(attempt: DialAttempt): void {
    const { place } = attempt;
    const pending = attempt.abandon(() => {
      const count = (this.#abandoned.get(place) ?? 1) - 1;
      if (count === 0) this.#abandoned.delete(place);
      else this.#abandoned.set(place, count);
    });
    if (pending) this.#abandoned.set(place, (this.#abandoned.get(place) ?? 0) + 1);
  }
}
