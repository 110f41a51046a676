import type { ExchangeRequest, HeaderList } from "../ports/exchange.ts";
import { headerValue } from "../utils/header-list.ts";
import { isFieldValue, isToken } from "../utils/http-grammar.ts";
import { UsageError } from "./usage-error.ts";

/** A request as the words of a command line describe it. */
export interface RequestWords {
  readonly method: string;
  /** `http://host/path?query`, or a path alone. */
  readonly url: string;
  /** `name: value`. */
  readonly headers: readonly string[];
  /** `host[:port]` where neither the URL nor a Host field names one. */
  readonly defaultHost: string;
}

/** Address that the request is supposed to come from. */
export const CLIENT_ADDRESS = "127.0.0.1";

/** Scheme, authority, path and query; a fragment is for the client alone. */
const URL_PARTS = /^(?:(https?):\/\/([^/?#\s]+))?((?:\/[^?#]*)?(?:\?[^#]*)?)(?:#.*)?$/i;
const AUTHORITY = /^(?:[a-z0-9._~-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?$/;

/**
 * Builds the request that a client on this machine would send, its path byte for byte: a WHATWG URL
 * would resolve dot segments first.
 * @throws UsageError for words that make no HTTP request
 */
export function explainedRequest(words: RequestWords): ExchangeRequest {
  const { method, url } = words;
  if (!isToken(method)) throw new UsageError(`'${method}' is not a method`);
  const [, scheme = "http", authority = "", rest = ""] = URL_PARTS.exec(url) ?? [];
  if (authority === "" && !rest.startsWith("/")) {
    throw new UsageError(`'${url}' is neither an http URL nor a path`);
  }
  const fields = words.headers.flatMap(readField);
  const host = hostOf(headerValue(fields, "host") ?? (authority || words.defaultHost));
  const pathAndQuery = latin1(rest.startsWith("/") ? rest : `/${rest}`);
  return {
    method,
    target: pathAndQuery,
    pathAndQuery,
    scheme: scheme.toLowerCase() === "https" ? "https" : "http",
    authority: host,
    protocol: "HTTP/1.1",
    headers: headerValue(fields, "host") === undefined ? ["host", host, ...fields] : fields,
    body: null,
    connection: { remoteAddress: CLIENT_ADDRESS, localPort: 0 },
    startedAt: 0,
    aborted: false,
    abortListener: null,
    inform() {
      // Nobody is there to be informed.
    },
  };
}

function readField(text: string): HeaderList {
  const colon = text.indexOf(":");
  const name = text.slice(0, Math.max(colon, 0)).toLowerCase();
  const value = latin1(text.slice(colon + 1).trim());
  if (!isToken(name) || !isFieldValue(value)) {
    throw new UsageError(`'${text}' is not a header: write 'name: value'`);
  }
  return [name, value];
}

function hostOf(text: string): string {
  const host = text.toLowerCase();
  if (!AUTHORITY.test(host)) throw new UsageError(`'${text}' is not a host`);
  return host;
}

/** The bytes of the text as the wire carries them. */
function latin1(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}
