/** Polls until a condition holds; fails, and says what was awaited, after `patience` milliseconds. */
export async function until(
  condition: () => boolean,
  what: string,
  patience = 30_000,
): Promise<void> {
  const deadline = performance.now() + patience;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited in vain: ${what}`);
    await Bun.sleep(5);
  }
}

/** Polls until a number has not moved for half a second: whoever drives it has been stopped. */
export async function untilStill(value: () => number, what: string): Promise<number> {
  let last = value();
  let still = 0;
  const deadline = performance.now() + 30_000;
  while (still < 10) {
    if (performance.now() > deadline) throw new Error(`never came to rest: ${what}`);
    await Bun.sleep(50);
    still = value() === last ? still + 1 : 0;
    last = value();
  }
  return last;
}
