import { normalisePath } from "../../core/routing/path.ts";
import { parseIp } from "../../utils/ip.ts";
import type { Scope } from "./scope.ts";

/** A route key taken apart. */
export interface RouteKey {
  /** Lower case; null = any; a leading `*.` stands for one label. */
  readonly host: string | null;
  /** Normalised, `/` or without a trailing slash. */
  readonly prefix: string;
}

/** Compiles a route key; null where it is none. */
export function compileRouteKey(key: string, { path, issues }: Scope): RouteKey | null {
  const slash = key.indexOf("/");
  const written = slash < 0 ? key : key.slice(0, slash);
  const problem = keyProblem(key, written, slash);
  const host = problem === null && written !== "" ? canonicalHost(written) : null;
  const prefix = problem === null ? normalisedPrefix(key.slice(slash)) : null;
  if (prefix !== null && (written === "" || host !== null)) return { host, prefix };
  const [reason, hint] = problem ?? (prefix === null ? BAD_PATH : BAD_HOST);
  issues.error({
    path,
    place: "key",
    code: "invalid_route_key",
    message: `Invalid route key: '${key}' - ${reason}`,
    hint,
  });
  return null;
}

type KeyProblem = readonly [reason: string, hint: string];

const BAD_HOST: KeyProblem = ["the part before the first '/' is no host name", ""];
const BAD_PATH: KeyProblem = [
  "the path cannot be matched",
  "Requests with such a path are refused.",
];

/** Characters of patterns, and those that no normalised path holds. */
const PATTERN = /[*^[\]{}|\\<>"`]|\.\+|\(\?|\$$/;

function keyProblem(key: string, host: string, slash: number): KeyProblem | null {
  if (slash < 0) {
    return [
      "it has no path",
      key.includes(".") ? `Write '${key}/' for all paths of a host.` : `Write '/${key}'.`,
    ];
  }
  if (/^https?:$/i.test(host)) return ["it is a URL", "Leave out the scheme: 'example.com/path'."];
  if (/\s/.test(key)) return ["it holds a space", "Percent-encode it: %20."];
  if (/[?#]/.test(key)) return ["it must not hold a query or a fragment", ""];
  if (key.slice(slash).endsWith("/*")) {
    return [
      "'*' matches nothing",
      `A prefix covers all below it: write '${key.slice(0, -2) || "/"}'.`,
    ];
  }
  if (PATTERN.test(key.replace(/^\*\./, ""))) {
    return [
      "patterns are not supported",
      "A route key is a plain path prefix, with a host before it or none.",
    ];
  }
  if (!/:[0-9]*$/.test(host)) return null;
  return ["a port has no place here", "Routes match the host name alone."];
}

/** Lower case, in the form that a Host field has; null where it is no host. */
function canonicalHost(text: string): string | null {
  const wildcard = text.startsWith("*.");
  const name = wildcard ? text.slice(2) : text;
  if (!/^[\w.\-\u0080-\uffff]+$/.test(name) || name.includes("..")) return null;
  if (parseIp(name) !== null) return wildcard ? null : name;
  const url = `http://${name}`;
  if (!URL.canParse(url)) return null;
  const { hostname } = new URL(url);
  // A name that turns into an address (`http://1` is 0.0.0.1) is no name.
  return parseIp(hostname) === null ? (wildcard ? `*.${hostname}` : hostname) : null;
}

function normalisedPrefix(text: string): string | null {
  // Clients send what is not ASCII as the escapes of its UTF-8 form (RFC 3986, 2.5).
  const sent = text.toWellFormed().replace(/[^\0-\x7f]+/g, encodeURIComponent);
  const path = normalisePath(sent)?.path;
  if (path === undefined) return null;
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}
