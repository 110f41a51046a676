import { formatPath } from "../path.ts";
import type { Scope } from "./scope.ts";

/** Reports a pattern that does not compile or can take super-linear time. */
export function checkPattern(pattern: string, { path, issues, checkPattern: check }: Scope): void {
  const problem = check(pattern);
  if (problem === null) return;
  const start = `Invalid regex in field '${formatPath(path)}': ${pattern} - `;
  if (problem.kind === "invalid") {
    issues.error({
      path,
      code: "invalid_regex",
      message: start + problem.reason,
      hint: "Patterns are in JavaScript syntax; flags may stand at the start, as in (?i).",
    });
    return;
  }
  issues.error({
    path,
    code: "unsafe_regex",
    message:
      start +
      (problem.kind === "super_linear"
        ? "a crafted text can make it run in super-linear time"
        : "it could not be shown to run in linear time"),
    hint: "Anchor it with '^', leave out a leading or trailing '.*', and avoid repetitions of things that overlap.",
  });
}
