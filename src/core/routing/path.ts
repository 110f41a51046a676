/** Path and query of a request, as they are matched and forwarded. */
export interface NormalisedTarget {
  readonly path: string;
  /** With its `?`, byte for byte; empty where there is none. */
  readonly query: string;
}

/** Normalises the path of `/path?query`; null where it must be refused. */
export function normalisePath(_pathAndQuery: string): NormalisedTarget | null {
  throw new Error("not built yet");
}
