/** What a route table needs to know of a route. */
export interface RouteEntry<T> {
  /** Lower case; null = any host; a leading `*.` stands for exactly one label. */
  readonly host: string | null;
  /** Normalised path prefix, `/` or without a trailing slash. */
  readonly prefix: string;
  readonly value: T;
}

/** Finds the route of a request. */
export interface RouteTable<T> {
  /** `host` is lower case and has no port; `path` is normalised. */
  match(host: string, path: string): T | null;
}

/** Builds a route table. */
export function createRouteTable<T>(_routes: readonly RouteEntry<T>[]): RouteTable<T> {
  throw new Error("not built yet");
}
