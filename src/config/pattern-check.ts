import { compilePattern, splitFlags } from "../core/transform/pattern.ts";
import type { RegexSafety, RegexVerdict } from "../ports/regex-safety.ts";

/** What is wrong with a pattern; null where nothing is. */
export type PatternCheck = (pattern: string) => PatternProblem | null;

/** Why a pattern is refused. */
export type PatternProblem =
  | { readonly kind: "invalid"; readonly reason: string }
  | { readonly kind: Exclude<RegexVerdict, "safe"> };

/** Builds a check that judges each pattern once; `safety` is asked only where something repeats. */
export function createPatternCheck(safety: RegexSafety | undefined): PatternCheck {
  const known = new Map<string, PatternProblem | null>();
  return (pattern) => {
    const before = known.get(pattern);
    if (before !== undefined) return before;
    const problem = judge(pattern, safety);
    known.set(pattern, problem);
    return problem;
  };
}

function judge(pattern: string, safety: RegexSafety | undefined): PatternProblem | null {
  try {
    compilePattern(pattern);
  } catch (error) {
    return { kind: "invalid", reason: error instanceof Error ? error.message : "invalid" };
  }
  // Without a repetition the work is bounded by pattern times text, and the analyser is slow to load.
  if (safety === undefined || !/[*+{]/.test(pattern)) return null;
  const { body, flags } = splitFlags(pattern);
  const verdict = safety(body, flags);
  return verdict === "safe" ? null : { kind: verdict };
}
