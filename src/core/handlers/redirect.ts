import type { HeaderList } from "../../ports/exchange.ts";
import type { ExchangeContext, Handler } from "../context.ts";
import type { RedirectAction } from "../model.ts";
import { pathAfterPrefix } from "../routing/path-rewrite.ts";

/** A redirect's target, taken apart so that a request's path and query can be put in. */
interface TargetParts {
  /** Scheme, authority and path; without the path's trailing slash. */
  readonly before: string;
  /** The same for a request that has nothing behind the prefix. */
  readonly whole: string;
  /** With its `?`; empty where there is none. */
  readonly query: string;
  /** With its `#`; empty where there is none. */
  readonly fragment: string;
}

const TARGET = /^((?:[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#]*)?)([^?#]*)(\?[^#]*)?(#.*)?$/s;
/** What may not stand in a URL as it is (RFC 3986, 2); characters of a request are bytes. */
const ILLEGAL = /[^!$%&'()*+,\-./0-9:;=?@A-Z[\]_a-z~]/gu;
const encoder = new TextEncoder();

/**
 * Creates the handler of a redirect route: what follows the route's prefix, and the query, are
 * appended to the target; a query of the target comes first.
 * **Security:** the authority is always the configured one: what is appended starts with exactly
 * one slash, so that it can neither go on with the authority (`@evil.example`) nor make one
 * (`//evil.example`, `/\evil.example`).
 */
export function createRedirect(prefix: string, action: RedirectAction): Handler {
  const target = parseTarget(action.target);
  return (context) => {
    const location = locate(target, prefix, context);
    const html = `<!doctype html><title>Moved</title><p>Moved to <a href="${escapeHtml(location)}">${escapeHtml(location)}</a></p>\n`;
    const body = encoder.encode(html);
    const headers: HeaderList = ["location", location, "content-type", "text/html; charset=utf-8"];
    if (context.request.method === "HEAD") {
      headers.push("content-length", String(body.length));
      return { status: action.statusCode, headers, body: null };
    }
    return { status: action.statusCode, headers, body };
  };
}

function parseTarget(target: string): TargetParts {
  const [, origin = "", path = "", query = "", fragment = ""] = TARGET.exec(target) ?? [];
  const base = path.endsWith("/") ? path.slice(0, -1) : path;
  return {
    before: legal(origin + base, percentEncodeUtf8),
    whole: legal(origin + (path === "" ? "/" : path), percentEncodeUtf8),
    query: legal(query, percentEncodeUtf8),
    fragment: fragment === "" ? "" : `#${legal(fragment.slice(1), percentEncodeUtf8)}`,
  };
}

function locate(target: TargetParts, prefix: string, context: ExchangeContext): string {
  // Dispatch has merged slashes and refused backslashes; nothing here may depend on it alone.
  const rest = pathAfterPrefix(prefix, context.path).replace(/^[/\\]+/, "/");
  const path = rest === "" ? target.whole : target.before + legal(rest, percentEncodeByte);
  const query = legal(context.query, percentEncodeByte);
  return path + joinQueries(target.query, query) + target.fragment;
}

function joinQueries(configured: string, requested: string): string {
  if (configured.length < 2) return requested === "" ? configured : requested;
  return requested.length < 2 ? configured : `${configured}&${requested.slice(1)}`;
}

function legal(part: string, encode: (char: string) => string): string {
  return part.replace(ILLEGAL, encode);
}

function percentEncodeByte(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}

/** Texts of the configuration are Unicode; half a surrogate pair has no UTF-8 form. */
function percentEncodeUtf8(char: string): string {
  return Array.from(encoder.encode(char), (byte) =>
    percentEncodeByte(String.fromCharCode(byte)),
  ).join("");
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
