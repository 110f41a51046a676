/** What a route table needs to know of a route. */
export interface RouteEntry<T> {
  /** Lower case; null = any host; a leading `*.` stands for exactly one label. */
  readonly host: string | null;
  /** Normalised path prefix, `/` or without a trailing slash. */
  readonly prefix: string;
  readonly value: T;
}

/** Finds the route of a request; the time it takes does not grow with the number of routes. */
export interface RouteTable<T> {
  /**
   * Finds the route that fits best; null where none does. `host` is lower case and has neither a
   * port nor a final dot, `path` is normalised.
   */
  match(host: string, path: string): T | null;
}

/** Prefixes of one host as a tree of path segments. */
interface PrefixNode<T> {
  value: T | null;
  children: Map<string, PrefixNode<T>> | null;
}

/**
 * Builds a route table. An exact host beats a wildcard beats no host, then the longest prefix wins;
 * prefixes match whole segments. A host whose prefixes all miss does not end the search: the
 * wildcard's and then the host-less routes still count, as in Traefik and Caddy, so that a
 * host-less `/health` serves every host. Of two entries with the same host and prefix the first
 * counts; the configuration refuses such pairs.
 */
export function createRouteTable<T>(routes: readonly RouteEntry<T>[]): RouteTable<T> {
  const exact = new Map<string, PrefixNode<T>>();
  // Keyed by what follows the first label, its dot included: `*.example.com` is `.example.com`.
  const wildcard = new Map<string, PrefixNode<T>>();
  const anyHost = createNode<T>();

  for (const { host, prefix, value } of routes) {
    if (host === null) insert(anyHost, prefix, value);
    else if (host.startsWith("*.")) insert(nodeOf(wildcard, host.slice(1)), prefix, value);
    else insert(nodeOf(exact, host), prefix, value);
  }
  const anyNamed = wildcard.size + exact.size > 0;

  return {
    match(host, path) {
      if (!anyNamed) return find(anyHost, path);
      return (
        find(exact.get(host), path) ??
        find(wildcard.get(parentOf(host)), path) ??
        find(anyHost, path)
      );
    },
  };
}

/** Cuts off the first label: `.example.com` of `a.example.com`; empty where there is no other. */
function parentOf(host: string): string {
  const dot = host.indexOf(".");
  return dot > 0 ? host.slice(dot) : "";
}

function createNode<T>(): PrefixNode<T> {
  return { value: null, children: null };
}

function nodeOf<T>(nodes: Map<string, PrefixNode<T>>, key: string): PrefixNode<T> {
  const known = nodes.get(key);
  if (known !== undefined) return known;
  const node = createNode<T>();
  nodes.set(key, node);
  return node;
}

function insert<T>(root: PrefixNode<T>, prefix: string, value: T): void {
  let node = root;
  if (prefix !== "/") {
    for (const segment of prefix.slice(1).split("/")) {
      node.children ??= new Map();
      node = nodeOf(node.children, segment);
    }
  }
  node.value ??= value;
}

/** Walks down only as deep as there are routes, however many segments the client sends. */
function find<T>(root: PrefixNode<T> | undefined, path: string): T | null {
  if (root === undefined) return null;
  let best = root.value;
  let node = root;
  let start = 1;
  while (node.children !== null && start <= path.length) {
    const slash = path.indexOf("/", start);
    const end = slash < 0 ? path.length : slash;
    const child = node.children.get(path.slice(start, end));
    if (child === undefined) break;
    if (child.value !== null) best = child.value;
    node = child;
    start = end + 1;
  }
  return best;
}
