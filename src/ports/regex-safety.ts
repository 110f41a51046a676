/** What is known of the time that matching a pattern can take. */
export type RegexVerdict = "safe" | "super_linear" | "unknown";

/**
 * Judges a pattern that compiles (JavaScript syntax; flags among `i`, `m`, `s`, default none):
 * `unknown` where no answer was found in bounded time.
 */
export type RegexSafety = (pattern: string, flags?: string) => RegexVerdict;
