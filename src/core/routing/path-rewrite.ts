/** How the path of a request becomes the path that is sent to one upstream. */
export interface PathRewriteOptions {
  /** The route's prefix, `/` or without a trailing slash. */
  readonly prefix: string;
  /** Replaces the prefix, `/` strips it; null = none. */
  readonly pathRewrite: string | null;
  /** Path of the target; empty = none. */
  readonly basePath: string;
}

/**
 * Compiles the mapping from the normalised request path to the path sent to one upstream.
 * The target's path replaces the matched prefix, as in nginx; `pathRewrite` wins over that and is
 * joined to the target's path; without both the path stays as it is. Slashes are not doubled where
 * parts join, a trailing slash of the request stays.
 */
export function createPathRewrite(options: PathRewriteOptions): (path: string) => string {
  const { prefix, pathRewrite, basePath } = options;
  if (pathRewrite === null && basePath === "") return unchanged;

  // What a request for the bare prefix becomes, and what stands before the rest of a longer one.
  const whole = replacement(basePath, pathRewrite);
  const before = withoutTrailingSlash(whole);
  return (path) => {
    const rest = pathAfterPrefix(prefix, path);
    return rest === "" ? whole : before + rest;
  };
}

/**
 * Cuts a matched prefix off a path: the rest is empty or starts with a slash. The slash of the root
 * path `/` belongs to the prefix `/`, so that nothing is left of it.
 */
export function pathAfterPrefix(prefix: string, path: string): string {
  if (prefix === "/") return path === "/" ? "" : path;
  return path.slice(prefix.length);
}

function unchanged(path: string): string {
  return path;
}

function replacement(basePath: string, pathRewrite: string | null): string {
  if (pathRewrite === null) return basePath;
  // Stripping leaves the target's path as it was written, without a slash of our own behind it.
  if (pathRewrite === "/") return basePath === "" ? "/" : basePath;
  return withoutTrailingSlash(basePath) + pathRewrite;
}

function withoutTrailingSlash(path: string): string {
  return path.endsWith("/") ? path.slice(0, -1) : path;
}
