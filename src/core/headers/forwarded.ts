import type { HeaderList } from "../../ports/exchange.ts";
import { listTokens } from "../../utils/header-list.ts";
import type { ExchangeContext } from "../context.ts";
import { dropNamedFields, isHopByHop, isUsualConnection, joinList } from "./hop-by-hop.ts";
import { beginTrace, traceIdOf } from "./trace.ts";

/** What becomes of a client's field on its way to the upstream; the order matters. */
const KEPT = 0;
/** Kept from a trusted peer, as it came. */
const CLAIM = 1;
/** Hop-by-hop, or one that Prox sets itself. */
const DROPPED = 2;
/** Not copied but made use of: all from here on. */
const CONNECTION = 3;
const TE = 4;
const FORWARDED_FOR = 5;
const FORWARDED = 6;
const TRACEPARENT = 7;
const TRACESTATE = 8;

/**
 * Fate of the names that matter, and of the commonest others so that they need no closer look.
 * Lower-case names from the codec are shared strings with a known hash, which makes a map the
 * quickest way.
 */
const FATES = new Map<string, number>([
  ["host", DROPPED],
  ["connection", CONNECTION],
  ["te", TE],
  ["x-forwarded-for", FORWARDED_FOR],
  ["x-forwarded-proto", DROPPED],
  ["x-forwarded-host", DROPPED],
  ["x-real-ip", DROPPED],
  ["x-request-id", DROPPED],
  ["forwarded", FORWARDED],
  ["traceparent", TRACEPARENT],
  ["tracestate", TRACESTATE],
]);
for (const name of [
  "accept",
  "accept-encoding",
  "accept-language",
  "authorization",
  "cache-control",
  "content-type",
  "cookie",
  "if-modified-since",
  "if-none-match",
  "origin",
  "priority",
  "range",
  "referer",
  "sec-fetch-dest",
  "sec-fetch-mode",
  "sec-fetch-site",
  "upgrade-insecure-requests",
  "user-agent",
]) {
  FATES.set(name, KEPT);
}

/** Fields of a client that are not copied but made use of. */
interface Collected {
  connection: string;
  te: string;
  forwardedFor: string;
  forwarded: string;
  /** Null where there were several. */
  traceparent: string | null;
  tracestate: string;
}

/**
 * Builds the fields to send to an upstream: `host` first, then the client's end-to-end fields in
 * order, then Prox's own (`via`, `x-forwarded-*`, `x-real-ip`, `x-request-id`, `traceparent`). What
 * a peer that is not trusted claims in those is left out, a trusted peer's lists are continued.
 * **Security:** names that become one of them in CGI-like upstreams, which turn `-`, `_` and `.`
 * into the same character, are left out for every peer.
 */
export function buildUpstreamHeaders(context: ExchangeContext, host: string): HeaderList {
  const source = context.request.headers;
  const copied = context.peerTrusted ? CLAIM : KEPT;
  const out: HeaderList = ["host", host];
  let collected: Collected | null = null;
  for (let i = 0; i < source.length; i += 2) {
    const name = source[i] ?? "";
    const value = source[i + 1] ?? "";
    const fate = FATES.get(name) ?? fateOfRare(name);
    if (fate <= copied) {
      out.push(name, value);
    } else if (fate > DROPPED && (fate !== CONNECTION || !isUsualConnection(value))) {
      collected ??= createCollected();
      collect(collected, fate, value);
    }
  }
  if (collected !== null) addEndToEnd(out, collected);
  addOwnFields(out, context, collected);
  return out;
}

/** Decides on a name that is not in the table: what is found here is rare. */
function fateOfRare(name: string): number {
  if (isHopByHop(name)) return DROPPED;
  if (name.startsWith("x-forwarded-")) return CLAIM;
  if (!name.includes("_") && !name.includes(".")) return KEPT;
  const spelled = name.replace(/[_.]/g, "-");
  const fate = FATES.get(spelled) ?? KEPT;
  const managed = fate !== KEPT || isHopByHop(spelled) || spelled.startsWith("x-forwarded-");
  return managed ? DROPPED : KEPT;
}

function createCollected(): Collected {
  return {
    connection: "",
    te: "",
    forwardedFor: "",
    forwarded: "",
    traceparent: "",
    tracestate: "",
  };
}

function collect(collected: Collected, fate: number, value: string): void {
  switch (fate) {
    case CONNECTION:
      collected.connection = joinList(collected.connection, value);
      break;
    case TE:
      collected.te = joinList(collected.te, value);
      break;
    case FORWARDED_FOR:
      collected.forwardedFor = joinList(collected.forwardedFor, value);
      break;
    case FORWARDED:
      collected.forwarded = joinList(collected.forwarded, value);
      break;
    case TRACEPARENT:
      collected.traceparent = collected.traceparent === "" ? value : null;
      break;
    case TRACESTATE:
      collected.tracestate = joinList(collected.tracestate, value);
      break;
  }
}

/** Removes what `Connection` names, and says again that the client takes trailers (RFC 9110, 10.1.4). */
function addEndToEnd(out: HeaderList, collected: Collected): void {
  if (collected.connection !== "") dropNamedFields(out, 2, collected.connection);
  if (collected.te !== "" && listTokens(collected.te).includes("trailers")) {
    out.push("te", "trailers");
  }
}

function addOwnFields(
  out: HeaderList,
  context: ExchangeContext,
  collected: Collected | null,
): void {
  const peer = context.connection.remoteAddress;
  const known = context.peerTrusted ? collected : null;
  if (peer !== "") out.push("x-forwarded-for", joinList(known?.forwardedFor ?? "", peer));
  out.push("x-forwarded-proto", context.scheme);
  if (context.host !== "") out.push("x-forwarded-host", context.host);
  if (context.clientIp !== "") out.push("x-real-ip", context.clientIp);
  out.push("x-request-id", context.requestId, "via", via(context));
  if (known !== null && known.forwarded !== "") {
    out.push("forwarded", `${known.forwarded}, ${forwardedElement(context)}`);
  }
  const traceparent = collected?.traceparent ?? "";
  if (traceparent !== "" && traceIdOf(traceparent) !== "") {
    out.push("traceparent", traceparent);
    if (collected?.tracestate) out.push("tracestate", collected.tracestate);
  } else {
    // Whoever begins a trace must not pass on the state of another (W3C Trace Context, 3.3).
    out.push("traceparent", beginTrace(context.traceId));
  }
}

/** Names the version that the request came with (RFC 9110, 7.6.3). */
function via(context: ExchangeContext): string {
  switch (context.request.protocol) {
    case "HTTP/1.0":
      return "1.0 prox";
    case "HTTP/1.1":
      return "1.1 prox";
    case "HTTP/2":
      return "2 prox";
    case "HTTP/3":
      return "3 prox";
  }
}

/** This hop as RFC 7239 writes it; IPv6 addresses and ports need the quotes. */
function forwardedElement(context: ExchangeContext): string {
  const peer = context.connection.remoteAddress;
  const node = peer.includes(":") ? `"[${peer}]"` : peer;
  const { scheme, authority } = context.request;
  return `for=${node};host="${authority}";proto=${scheme}`;
}
