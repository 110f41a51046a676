/** One problem of a configuration. Problems are values: all are collected, none is thrown. */
export interface ConfigIssue {
  /** A configuration with an error is refused; one with warnings serves. */
  readonly severity: "error" | "warning";
  /** Where in the configuration: `routes./api.targets[1].weight`; empty for the whole file. */
  readonly path: string;
  /** Stable, snake_case. */
  readonly code: string;
  /** What is wrong, in one sentence, in the contract's wording. */
  readonly message: string;
  /** What to do about it; empty where the message says it all. */
  readonly hint: string;
  /** 1-based; 0 where unknown. */
  readonly line: number;
  /** 1-based, in characters; 0 where unknown. */
  readonly column: number;
}
