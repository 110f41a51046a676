import type { Plan } from "../core/model.ts";
import type { ConfigFiles } from "../ports/config-source.ts";
import type { RegexSafety } from "../ports/regex-safety.ts";
import { checkShape } from "./check-shape.ts";
import { compilePlan } from "./compile/plan.ts";
import { readDocument } from "./document.ts";
import type { ConfigIssue } from "./issue.ts";
import { createPatternCheck } from "./pattern-check.ts";

/** What loading needs from outside. */
export interface LoadOptions {
  /** Name of the file, for messages. */
  readonly file: string;
  /** Values for `${NAME}`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly files: ConfigFiles;
  /**
   * Judges configured patterns; called only for those with a repetition. Without it, patterns are
   * only compiled.
   */
  readonly regexSafety?: RegexSafety;
}

/** The result of loading, good or bad. */
export interface LoadedConfig {
  /** No errors; there may be warnings. */
  readonly valid: boolean;
  /** Errors and warnings, in the order of the file. */
  readonly issues: readonly ConfigIssue[];
  /** Null where there are errors. */
  readonly plan: Plan | null;
  readonly summary: ConfigSummary;
  /** Whether the text is YAML at all. */
  readonly yamlParsed: boolean;
}

/** What `validate` prints of a configuration. */
export interface ConfigSummary {
  /** As configured; empty where absent. */
  readonly listenAddr: string;
  readonly routes: number;
  readonly tls: boolean;
  readonly healthChecks: boolean;
}

/** Parses, checks and compiles a configuration. Never throws: whatever is wrong is an issue. */
export function loadConfig(text: string, { env, files, regexSafety }: LoadOptions): LoadedConfig {
  const { issues, document } = readDocument(text, env);
  if (document === null) {
    const summary = { listenAddr: "", routes: 0, tls: false, healthChecks: false };
    return { valid: false, issues: issues.sorted(), plan: null, summary, yamlParsed: false };
  }
  const draft = checkShape(document, issues);
  const check = createPatternCheck(regexSafety);
  const plan = compilePlan(draft, { path: [], issues, files, checkPattern: check });
  const valid = !issues.failed;
  return {
    valid,
    issues: issues.sorted(),
    plan: valid ? plan : null,
    summary: {
      listenAddr: draft.listen_addr ?? "",
      routes: Object.keys(draft.routes ?? {}).length,
      tls: false,
      healthChecks: false,
    },
    yamlParsed: true,
  };
}
