/** Reading sizes as people write them. */

/** What `parseSize` reads, as the source of a regular expression (JSON Schema has no flags). */
export const SIZE_PATTERN = "^[0-9]+(?:\\.[0-9]+)? ?(?:[Bb]|[KkMmGgTt][Ii]?[Bb])?$";

const PREFIXES = "kmgt";

/**
 * Reads `16KiB` (1024s), `1MB` (1000s), `512B` or `512` to whole bytes, rounded up, in any case;
 * null for anything else and beyond what a number holds exactly.
 */
export function parseSize(text: string): number | null {
  if (!new RegExp(SIZE_PATTERN).test(text)) return null;
  const [, amount = "", unit = ""] = /^([0-9.]+) ?([a-z]*)$/.exec(text.toLowerCase()) ?? [];
  const power = PREFIXES.indexOf(unit.charAt(0) || "b") + 1;
  const bytes = Math.ceil(Number(amount) * (unit.includes("i") ? 1024 : 1000) ** power);
  return Number.isSafeInteger(bytes) ? bytes : null;
}

/** Writes bytes in the largest binary unit that divides them: `16KiB`, `1MiB`, `1500B`. */
export function formatSize(bytes: number): string {
  for (const [unit, size] of [
    ["GiB", 2 ** 30],
    ["MiB", 2 ** 20],
    ["KiB", 2 ** 10],
  ] as const) {
    if (bytes > 0 && bytes % size === 0) return `${bytes / size}${unit}`;
  }
  return `${bytes}B`;
}
