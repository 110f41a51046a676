import { parseAuthority, withoutDefaultPort } from "../../../utils/authority.ts";

/** What a request target names. */
export interface RequestTarget {
  /** Starts with `/`, or is `*`. */
  readonly pathAndQuery: string;
  /** Authority to serve; empty where neither target nor Host name one. */
  readonly authority: string;
}

const ABSOLUTE = /^(https?):\/\/([^/?]*)(.*)$/i;

/**
 * Takes a target in absolute form or asterisk form apart (RFC 9112, 3.2.2 and 3.2.4); `host` is
 * the validated Host, empty where there is none. Returns the rule that was broken as a string.
 * Origin form, the usual one, needs no taking apart.
 */
export function parseUnusualTarget(
  method: string,
  target: string,
  host: string,
): RequestTarget | string {
  if (target === "*") {
    if (method !== "OPTIONS") return "asterisk form without OPTIONS (RFC 9112, 3.2.4)";
    return { pathAndQuery: "*", authority: host };
  }
  const [, scheme, rawAuthority = "", rest = ""] = ABSOLUTE.exec(target) ?? [];
  if (scheme === undefined) return "target of unknown form (RFC 9112, 3.2)";
  const authority = parseAuthority(rawAuthority);
  if (authority === null) return "bad authority in the target (RFC 9112, 3.2.2)";
  if (host !== "" && !sameAuthority(authority, host, scheme.length === 4 ? "http" : "https")) {
    return "target and Host disagree (RFC 9112, 3.2.2)";
  }
  return { pathAndQuery: pathAndQuery(method, rest), authority: host === "" ? authority : host };
}

/** **Security:** RFC 9112, 3.2.2 lets the target win, but what reads only Host would not know. */
function sameAuthority(a: string, b: string, scheme: "http" | "https"): boolean {
  return a === b || withoutDefaultPort(a, scheme) === withoutDefaultPort(b, scheme);
}

function pathAndQuery(method: string, rest: string): string {
  if (rest.startsWith("/")) return rest;
  // RFC 9112, 3.2.4: OPTIONS on no path at all asks about the server.
  return rest === "" && method === "OPTIONS" ? "*" : `/${rest}`;
}
