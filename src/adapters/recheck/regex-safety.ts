import type { checkSync } from "recheck";
import type { RegexSafety, RegexVerdict } from "../../ports/regex-safety.ts";
import { isPlainlyLinear } from "./plainly-linear.ts";

/** Longest look at one pattern, in milliseconds; most take less than 50. */
const TIMEOUT_MS = 5_000;

/**
 * Judges patterns with recheck. The library (0.2 s and 25 MB of memory to load) is loaded when the
 * first pattern comes that is not plainly linear.
 */
export function createRegexSafety(): RegexSafety {
  return (pattern, flags = "") =>
    isPlainlyLinear(pattern, flags) ? "safe" : analyse(pattern, flags);
}

function analyse(pattern: string, flags: string): RegexVerdict {
  // The build for browsers is pure JavaScript: the other starts a worker and looks for a Java or
  // native program. It brings no types of its own, but has the same exports.
  const library = require("recheck/lib/browser.js") as { checkSync: typeof checkSync };
  const { status } = library.checkSync(pattern, flags, { timeout: TIMEOUT_MS });
  if (status === "vulnerable") return "super_linear";
  return status;
}
