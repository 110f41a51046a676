/** How the path of a request becomes the path that is sent to one upstream. */
export interface PathRewriteOptions {
  /** The route's prefix, as in RoutePlan. */
  readonly prefix: string;
  /** Replaces the prefix; null = none. */
  readonly pathRewrite: string | null;
  /** Path of the target; empty = none. */
  readonly basePath: string;
}

/** Compiles the path mapping from a route to one of its upstreams. */
export function createPathRewrite(_options: PathRewriteOptions): (path: string) => string {
  throw new Error("not built yet");
}
