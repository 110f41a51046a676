import type { HeaderList } from "../../ports/exchange.ts";
import { listTokens } from "../../utils/header-list.ts";

/** Field names that `Connection` can not take away: without them a message means something else. */
const ESSENTIAL = new Set(["host", "te", "via", "date", "set-cookie", "expect"]);

/**
 * Tells whether a field concerns one connection only: the framing, which each engine and client
 * makes anew, what RFC 9110, 7.6.1 lists, and the authentication of proxies, since nobody behind
 * Prox asks for it (11.7). `trailer` stays: trailers are passed on. `name` is lower case.
 */
export function isHopByHop(name: string): boolean {
  switch (name.length) {
    case 2:
      return name === "te";
    case 7:
      return name === "upgrade";
    case 10:
      return name === "connection" || name === "keep-alive";
    case 14:
      return name === "content-length" || name === "http2-settings";
    case 16:
      return name === "proxy-connection";
    case 17:
      return name === "transfer-encoding";
    case 18:
      return name === "proxy-authenticate";
    case 19:
      return name === "proxy-authorization";
    case 25:
      return name === "proxy-authentication-info";
    default:
      return false;
  }
}

/**
 * Copies all end-to-end fields of a message to `out`, in order: hop-by-hop fields, Content-Length
 * and what `Connection` names are left out (RFC 9110, 7.6.1).
 */
export function stripHopByHop(headers: HeaderList, out: HeaderList): void {
  const from = out.length;
  let connection = "";
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? "";
    if (!isHopByHop(name)) out.push(name, headers[i + 1] ?? "");
    else if (name === "connection") connection = joinList(connection, headers[i + 1] ?? "");
  }
  if (!isUsualConnection(connection)) dropNamedFields(out, from, connection);
}

/** Joins the values of two field lines of one list field. */
export function joinList(first: string, second: string): string {
  return first === "" ? second : `${first}, ${second}`;
}

/** Knows at a glance the values of `Connection` that name no field to take away. */
export function isUsualConnection(value: string): boolean {
  switch (value) {
    case "":
    case "keep-alive":
    case "Keep-Alive":
    case "close":
    case "Upgrade":
    case "upgrade":
      return true;
    default:
      return false;
  }
}

/**
 * Takes the fields that a `Connection` value names out of `list`, from index `from` on.
 * **Security:** it can not name what the message's meaning hangs on (Host, `content-*`, cookies set):
 * an option must not stand for a field meant for all recipients (RFC 9110, 7.6.1).
 */
export function dropNamedFields(list: HeaderList, from: number, connection: string): void {
  const named = new Set<string>();
  for (const token of listTokens(connection)) {
    if (!ESSENTIAL.has(token) && !token.startsWith("content-")) named.add(token);
  }
  let kept = from;
  for (let i = from; i < list.length; i += 2) {
    const name = list[i] ?? "";
    if (named.has(name)) continue;
    list[kept] = name;
    list[kept + 1] = list[i + 1] ?? "";
    kept += 2;
  }
  list.length = kept;
}
