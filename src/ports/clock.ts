/** Time as the core sees it; tests turn it by hand. */
export interface Clock {
  /** Monotonic milliseconds, with fractions. */
  now(): number;
  /** Unix time in milliseconds. */
  wallTime(): number;
  /** Calls `tick` about every `milliseconds` until the returned function is called; never keeps the process alive. */
  every(milliseconds: number, tick: () => void): () => void;
}
