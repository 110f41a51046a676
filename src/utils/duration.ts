/** Reading durations as people write them. */

const UNITS = "(?:ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)";

/** What `parseDuration` reads, as the source of a regular expression (JSON Schema has no flags). */
export const DURATION_PATTERN = `^(?:0|(?:[0-9]+(?:\\.[0-9]+)? ?${UNITS} ?)+)$`;

/** Longest duration: one year. */
export const LONGEST_DURATION = 365 * 24 * 3_600_000;

/**
 * Reads `500ms`, `30s`, `5m`, `1h`, `1h30m`, `30 seconds`, `1 hour` or `0` to whole milliseconds,
 * rounded up; null for anything else and beyond one year.
 */
export function parseDuration(text: string): number | null {
  if (text === "0") return 0;
  if (!new RegExp(DURATION_PATTERN).test(text)) return null;
  let total = 0;
  for (const [, amount, unit = ""] of text.matchAll(/([0-9.]+) ?([a-z]+)/g)) {
    total += Number(amount) * unitOf(unit);
  }
  return total <= LONGEST_DURATION ? Math.ceil(total) : null;
}

/** Writes milliseconds in the largest unit that divides them: `90s`, `5m`, `250ms`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds === 0) return "0";
  for (const [unit, size] of [
    ["h", 3_600_000],
    ["m", 60_000],
    ["s", 1000],
  ] as const) {
    if (milliseconds % size === 0) return `${milliseconds / size}${unit}`;
  }
  return `${milliseconds}ms`;
}

function unitOf(word: string): number {
  if (word.startsWith("ms") || word.startsWith("mil")) return 1;
  switch (word.charAt(0)) {
    case "s":
      return 1000;
    case "m":
      return 60_000;
    case "h":
      return 3_600_000;
    default:
      return 86_400_000;
  }
}
