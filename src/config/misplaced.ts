import type { ConfigPath } from "./path.ts";

/** Hints for keys that exist, but not where they were written; by what surrounds them. */
const ROUTE_TOO_LATE = "It applies before a route is known: set it at the top level.";

const MISPLACED: Readonly<Record<string, string>> = {
  "timeouts.request_header": ROUTE_TOO_LATE,
  "timeouts.keep_alive": ROUTE_TOO_LATE,
  "limits.max_header_bytes": ROUTE_TOO_LATE,
  "limits.max_uri_bytes": ROUTE_TOO_LATE,
  "limits.max_connections": ROUTE_TOO_LATE,
  "limits.max_connections_per_ip": ROUTE_TOO_LATE,
  "condition.status_is":
    "A request has no status yet: use it in response_headers or response_body.",
  "condition.request_has_header": "In request rules 'has_header' looks at the request.",
};

/** Explains a key that the contract has elsewhere; null where it has none such. */
export function misplacedKey(path: ConfigPath): string | null {
  if (path[0] !== "routes" || path.length < 4) return null;
  const key = String(path.at(-1));
  const block = path.includes("condition") ? "condition" : path.at(-2);
  return MISPLACED[`${block}.${key}`] ?? null;
}
