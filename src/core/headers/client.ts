import type { ExchangeRequest, HeaderList } from "../../ports/exchange.ts";
import type { CidrSet } from "../../utils/ip.ts";
import { parseIp } from "../../utils/ip.ts";
import { randomHex } from "../../utils/random-hex.ts";
import { joinList } from "./hop-by-hop.ts";
import { traceIdOf } from "./trace.ts";

/** What a request and its peer tell of the client: the part of an ExchangeContext that is found here. */
export interface ClientFacts {
  readonly clientIp: string;
  readonly peerTrusted: boolean;
  readonly scheme: "http" | "https";
  readonly host: string;
  readonly requestId: string;
  readonly traceId: string;
}

/** What a trusted peer says of the client; empty where it says nothing that can be used. */
interface PeerReport {
  /** Addresses from the client to the peer's own peer, as in X-Forwarded-For. */
  addresses: string;
  scheme: string;
  host: string;
  requestId: string;
}

/** One `name=value` of a `Forwarded` element; the value is a token or quoted (RFC 7239, 4). */
const FORWARDED_PAIR = /^[ \t]*(for|proto|host)=(?:"([^"\\]*)"|([^ \t"]*))[ \t]*$/i;
/** Host and port that can stand in a Host field: a name, an IPv4 address or a bracketed IPv6 one. */
const HOST = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?$/;
/** Request ids that are harmless in logs and fields. */
const REQUEST_ID = /^[\w.~+/=:@-]{1,128}$/;

/**
 * Finds out who the client is and how it called. What a peer outside `trusted` claims is not looked
 * at. A trusted one is believed: X-Forwarded-For, -Proto, -Host and X-Request-Id, and `Forwarded`
 * where the first is missing. The trace goes on where a valid `traceparent` came; else one begins,
 * under the request id where that is new.
 */
export function resolveClient(request: ExchangeRequest, trusted: CidrSet): ClientFacts {
  const peer = request.connection.remoteAddress;
  const peerTrusted = trusted.has(peer);
  const report = peerTrusted ? readReport(request.headers) : null;
  const requestId = report?.requestId ?? "";
  const id = requestId === "" ? randomHex(16) : requestId;
  const traceId = receivedTraceId(request.headers);
  return {
    clientIp: report === null ? peer : outermostClient(report.addresses, peer, trusted),
    peerTrusted,
    scheme: schemeOf(report?.scheme ?? "", request.scheme),
    host: report === null || report.host === "" ? request.authority : report.host,
    requestId: id,
    traceId: traceId !== "" ? traceId : requestId === "" ? id : randomHex(16),
  };
}

/**
 * Walks the addresses from the nearest hop to the farthest and stops at the first that is not a
 * trusted proxy: whatever stands left of it is that hop's claim. An entry that is no address ends
 * the walk at the last one that was understood.
 */
function outermostClient(addresses: string, peer: string, trusted: CidrSet): string {
  let client = peer;
  let end = addresses.length;
  while (end > 0) {
    const comma = addresses.lastIndexOf(",", end - 1);
    const entry = addressIn(addresses.slice(comma + 1, end).trim());
    if (entry === "") return client;
    client = entry;
    if (!trusted.has(client)) return client;
    end = comma;
  }
  return client;
}

/** Takes the address out of `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`; else empty. */
function addressIn(entry: string): string {
  const address = entry.includes(":") ? withoutPort(entry) : entry;
  return parseIp(address) === null ? "" : address;
}

/** Writes IPv6 as the rest of Prox knows it: lower case, and mapped IPv4 as IPv4. */
function withoutPort(entry: string): string {
  const ipv4 = /^([0-9.]+):[0-9]{1,5}$/.exec(entry);
  if (ipv4 !== null) return ipv4[1] ?? "";
  const bracketed = /^\[([^\]]*)\](?::[0-9]{1,5})?$/.exec(entry);
  return (bracketed?.[1] ?? entry).toLowerCase().replace(/^::ffff:(?=[0-9.]+$)/, "");
}

function readReport(headers: HeaderList): PeerReport {
  const report: PeerReport = { addresses: "", scheme: "", host: "", requestId: "" };
  let hasAddresses = false;
  let forwarded = "";
  for (let i = 0; i < headers.length; i += 2) {
    const value = headers[i + 1] ?? "";
    switch (headers[i]) {
      case "x-forwarded-for":
        report.addresses = joinList(report.addresses, value);
        hasAddresses = true;
        break;
      case "x-forwarded-proto":
        report.scheme = lastItem(value).toLowerCase();
        break;
      case "x-forwarded-host":
        report.host = hostIn(lastItem(value));
        break;
      case "x-request-id":
        report.requestId = REQUEST_ID.test(value) ? value : "";
        break;
      case "forwarded":
        forwarded = joinList(forwarded, value);
        break;
    }
  }
  // Never a mixture: a proxy that writes one of them may pass on what a client wrote in the other.
  if (forwarded !== "" && !hasAddresses) readForwarded(forwarded, report);
  return report;
}

/** Reads `for=192.0.2.1;proto=https, for="[2001:db8::1]:80"` into a report (RFC 7239). */
function readForwarded(forwarded: string, report: PeerReport): void {
  const addresses: string[] = [];
  for (const element of forwarded.split(",")) {
    // An element without an address still is a hop, whose address nobody knows.
    let address = "unknown";
    for (const pair of element.split(";")) {
      const match = FORWARDED_PAIR.exec(pair);
      const value = match?.[2] ?? match?.[3] ?? "";
      switch (match?.[1]?.toLowerCase()) {
        case "for":
          address = value;
          break;
        case "proto":
          report.scheme = value.toLowerCase();
          break;
        case "host":
          report.host = hostIn(value);
          break;
      }
    }
    addresses.push(address);
  }
  report.addresses = addresses.join(",");
}

/** The item that the peer itself wrote, where it appended to what it got. */
function lastItem(value: string): string {
  const comma = value.lastIndexOf(",");
  return comma < 0 ? value : value.slice(comma + 1).trim();
}

function hostIn(value: string): string {
  const host = value.toLowerCase();
  return HOST.test(host) ? host : "";
}

/** A WebSocket's scheme stands for that of its handshake. */
function schemeOf(reported: string, own: "http" | "https"): "http" | "https" {
  if (reported === "https" || reported === "wss") return "https";
  return reported === "http" || reported === "ws" ? "http" : own;
}

/** Several `traceparent` fields are as invalid as a broken one (W3C Trace Context, 3.2). */
function receivedTraceId(headers: HeaderList): string {
  let found: string | undefined;
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i] !== "traceparent") continue;
    if (found !== undefined) return "";
    found = headers[i + 1];
  }
  return found === undefined ? "" : traceIdOf(found);
}
