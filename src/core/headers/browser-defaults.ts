import type { HeaderList } from "../../ports/exchange.ts";
import { hasHeader } from "../../utils/header-list.ts";

const DEFAULTS: readonly (readonly [name: string, value: string])[] = [
  [
    "user-agent",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
  ],
  [
    "accept",
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
  ],
  ["accept-language", "en-US,en;q=0.9"],
  ["accept-encoding", "gzip, deflate, br"],
];

/**
 * Fills in what a browser would send, in place, where it is missing. Comes before the route's header
 * rules, so that what they remove stays removed.
 */
export function addBrowserDefaults(headers: HeaderList): void {
  for (const [name, value] of DEFAULTS) {
    if (!hasHeader(headers, name)) headers.push(name, value);
  }
}
