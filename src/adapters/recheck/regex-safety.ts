import type { checkSync } from "recheck";
import type { RegexSafety, RegexVerdict } from "../../ports/regex-safety.ts";

/** Longest look at one pattern, in milliseconds; most take less than 50. */
const TIMEOUT_MS = 5_000;

/**
 * Judges patterns with recheck, each distinct one once. The library (3 MB, 0.2 s to load) is loaded
 * when the first pattern comes.
 */
export function createRegexSafety(): RegexSafety {
  const verdicts = new Map<string, RegexVerdict>();
  return (pattern, flags) => {
    const key = `${flags}/${pattern}`;
    const known = verdicts.get(key);
    if (known !== undefined) return known;
    const verdict = judge(pattern, flags);
    verdicts.set(key, verdict);
    return verdict;
  };
}

function judge(pattern: string, flags: string): RegexVerdict {
  // The build for browsers is pure JavaScript: the other starts a worker and looks for a Java or
  // native program. It brings no types of its own, but has the same exports.
  const library = require("recheck/lib/browser.js") as { checkSync: typeof checkSync };
  const { status } = library.checkSync(pattern, flags, { timeout: TIMEOUT_MS });
  if (status === "vulnerable") return "super_linear";
  return status;
}
