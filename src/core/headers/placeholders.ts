import { headerValues } from "../../utils/header-list.ts";
import { isoTimestamp } from "../../utils/timestamp.ts";
import type { ExchangeContext } from "../context.ts";

/** Text with placeholders, compiled. */
export interface Template {
  /** Whether it holds no placeholder, so that `render` always gives the same text. */
  readonly constant: boolean;
  render(context: ExchangeContext): string;
}

type Reader = (context: ExchangeContext) => string;

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["client_ip", (context) => context.clientIp],
  ["timestamp", (context) => String(Math.floor(context.wallTime / 1000))],
  ["timestamp_iso", (context) => isoTimestamp(context.wallTime)],
  ["uri_path", (context) => context.path],
  ["method", (context) => context.request.method],
  ["host", (context) => context.host.replace(/:[0-9]+$/, "")],
  ["scheme", (context) => context.scheme],
  ["query", (context) => context.query.slice(1)],
  ["request_id", (context) => context.requestId],
  ["route", (context) => context.route],
  ["upstream", (context) => context.upstream],
]);

const HEADER_PREFIX = "header.";
/** A name in braces; anything else in braces (JSON, CSS) is plain text. */
const PLACEHOLDER = /\{([A-Za-z][A-Za-z0-9_.-]*)\}/g;

/** Names of the placeholders without an argument; `header.NAME` comes on top. */
export const placeholderNames: readonly string[] = [...READERS.keys()];

/** Lists the names inside the braces of a text's placeholders, known or not, in order. */
export function findPlaceholders(text: string): string[] {
  return Array.from(text.matchAll(PLACEHOLDER), (match) => match[1] ?? "");
}

/** Tells whether a name inside braces is a placeholder. */
export function isPlaceholder(name: string): boolean {
  return readerOf(name) !== undefined;
}

/**
 * Compiles a text with placeholders; `encode` is applied to each value put in. `{host}` has no port
 * and `{query}` no `?`, as in nginx; `{header.NAME}` reads the request as the client sent it and
 * joins repeats. A placeholder without a value is empty. Unknown ones stay as they are: the
 * configuration refuses them.
 */
export function compileTemplate(text: string, encode?: (value: string) => string): Template {
  const literals: string[] = [];
  const readers: Reader[] = [];
  let from = 0;
  for (const match of text.matchAll(PLACEHOLDER)) {
    const reader = readerOf(match[1] ?? "");
    if (reader === undefined) continue;
    literals.push(text.slice(from, match.index));
    from = match.index + match[0].length;
    readers.push(encode === undefined ? reader : (context) => encode(reader(context)));
  }
  const tail = text.slice(from);
  if (readers.length === 0) return { constant: true, render: () => text };

  return {
    constant: false,
    render(context) {
      let rendered = "";
      for (const [i, reader] of readers.entries())
        rendered += (literals[i] ?? "") + reader(context);
      return rendered + tail;
    },
  };
}

function readerOf(name: string): Reader | undefined {
  if (!name.startsWith(HEADER_PREFIX)) return READERS.get(name);
  const header = name.slice(HEADER_PREFIX.length).toLowerCase();
  if (header === "") return undefined;
  return (context) => headerValues(context.request.headers, header).join(", ");
}
