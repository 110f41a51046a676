import { byteSet, hasOnly } from "./http-grammar.ts";
import { parseIp } from "./ip.ts";

const MAX_LENGTH = 261; // A name of 255 bytes, a colon, five digits.
const MAX_PORT = 65535;

/**
 * **Security:** narrower than reg-name of RFC 3986, 3.2.2: percent-encoded bytes and sub-delims
 * (the comma above all) are read differently by different recipients, and no real host needs them.
 */
const HOST_BYTES = byteSet("-._~", [
  ["0", "9"],
  ["A", "Z"],
  ["a", "z"],
]);

/**
 * Checks a `host[:port]` without user information and lowers its case; null where it is not valid.
 * An empty port, one with leading zeros, empty labels and IPvFuture are not valid here.
 */
export function parseAuthority(raw: string): string | null {
  if (raw.length === 0 || raw.length > MAX_LENGTH) return null;
  const hostEnd = raw.charCodeAt(0) === 0x5b /* [ */ ? literalEnd(raw) : nameEnd(raw);
  if (hostEnd <= 0) return null;
  if (hostEnd < raw.length && !isPort(raw, hostEnd)) return null;
  return raw.toLowerCase();
}

/** Drops the port where it is the default of the scheme, so that two spellings can be compared. */
export function withoutDefaultPort(authority: string, scheme: "http" | "https"): string {
  const port = scheme === "http" ? ":80" : ":443";
  return authority.endsWith(port) ? authority.slice(0, -port.length) : authority;
}

/** End of `[IPv6]`, or 0. */
function literalEnd(raw: string): number {
  const close = raw.indexOf("]");
  if (close < 0) return 0;
  const address = parseIp(raw.slice(1, close));
  return address?.length === 16 ? close + 1 : 0;
}

/** End of a name or an IPv4 address, or 0. */
function nameEnd(raw: string): number {
  const colon = raw.indexOf(":");
  const name = colon < 0 ? raw : raw.substring(0, colon);
  if (name === "" || name.startsWith(".") || name.includes("..")) return 0;
  return hasOnly(HOST_BYTES, name) ? name.length : 0;
}

function isPort(raw: string, colon: number): boolean {
  const first = raw.charCodeAt(colon + 1);
  if (
    raw.charCodeAt(colon) !== 0x3a ||
    raw.length - colon > 6 ||
    !(first >= 0x31 && first <= 0x39)
  ) {
    return false;
  }
  for (let i = colon + 2; i < raw.length; i++) {
    const code = raw.charCodeAt(i);
    if (code < 0x30 || code > 0x39) return false;
  }
  return Number(raw.slice(colon + 1)) <= MAX_PORT;
}
