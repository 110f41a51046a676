import type { ConfigFiles } from "../../ports/config-source.ts";
import type { IssueLog } from "../issue-log.ts";
import type { ConfigPath } from "../path.ts";
import type { PatternCheck } from "../pattern-check.ts";

/** What compiling a section needs, and where that section stands. */
export interface Scope {
  readonly path: ConfigPath;
  readonly issues: IssueLog;
  readonly files: ConfigFiles;
  readonly checkPattern: PatternCheck;
}

/** The same one or more steps further down. */
export function below({ path, issues, files, checkPattern }: Scope, ...steps: ConfigPath): Scope {
  return { path: path.concat(steps), issues, files, checkPattern };
}

/** Walks a value that may be one or a list of them; holes are left out. */
export function* eachOf<T extends object>(
  value: T | readonly (T | undefined)[] | undefined,
  scope: Scope,
): Generator<[item: T, scope: Scope]> {
  if (value === undefined) return;
  if (!isList(value)) {
    yield [value, scope];
    return;
  }
  for (const [i, item] of value.entries()) {
    if (item !== undefined) yield [item, below(scope, i)];
  }
}

function isList<T>(value: T | readonly (T | undefined)[]): value is readonly (T | undefined)[] {
  return Array.isArray(value);
}
