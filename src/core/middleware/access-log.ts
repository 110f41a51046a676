import type { ExchangeOutcome } from "../../ports/exchange.ts";
import { headerValue } from "../../utils/header-list.ts";
import { commonLogTimestamp, isoTimestamp } from "../../utils/timestamp.ts";
import type { ExchangeContext } from "../context.ts";

/** Formats one finished exchange as one line of ASCII, without its line feed. */
export type AccessLogFormat = (
  exchange: ExchangeContext,
  outcome: ExchangeOutcome,
  durationMs: number,
) => string;

/**
 * Formats a line of JSON; absent values are left out. **Security:** everything that a client or an
 * upstream can choose is escaped, unless its own grammar has nothing to escape (tokens, addresses,
 * hexadecimal ids), so that no value can forge a line or a field.
 */
export const formatJson: AccessLogFormat = (exchange, outcome, durationMs) => {
  const { request, requestId, clientIp, upstream, traceId } = exchange;
  const { headers } = request;
  const time = isoTimestamp(exchange.wallTime);
  let line = `{"time":"${time}","request_id":"${requestId}"`;
  if (clientIp !== "") line += `,"client_ip":"${clientIp}"`;
  if (request.method !== "") line += `,"method":${text(request.method)}`;
  if (exchange.host !== "") line += `,"host":${text(exchange.host)}`;
  if (exchange.path !== "") line += `,"path":${text(exchange.path)}`;
  if (exchange.query !== "") line += `,"query":${text(exchange.query.slice(1))}`;
  if (exchange.route !== "") line += `,"route":${configured(exchange.route)}`;
  if (upstream !== "") line += `,"upstream":${configured(upstream)}`;
  line += `,"status":${outcome.status}`;
  if (exchange.failure !== null) line += `,"reason":"${exchange.failure}"`;
  line +=
    `,"bytes_in":${outcome.bytesIn},"bytes_out":${outcome.bytesOut}` +
    `,"duration_ms":${milliseconds(durationMs)}`;
  if (exchange.firstByteMs > 0) line += upstreamTimes(exchange);
  line += `,"protocol":"${request.protocol}"`;
  const { tls } = exchange.connection;
  if (tls !== undefined) line += `,"tls":"${tls.version}"`;
  if (exchange.retries > 0) line += `,"retries":${exchange.retries}`;
  if (traceId !== "") line += `,"trace_id":"${traceId}"`;
  const userAgent = headerValue(headers, "user-agent");
  if (userAgent !== undefined) line += `,"user_agent":${text(userAgent)}`;
  const referer = headerValue(headers, "referer");
  if (referer !== undefined) line += `,"referer":${text(referer)}`;
  return `${line}}`;
};

/** Known only where an upstream answered. */
function upstreamTimes({ connectMs, firstByteMs }: ExchangeContext): string {
  const connect = milliseconds(connectMs);
  return `,"upstream_connect_ms":${connect},"upstream_first_byte_ms":${milliseconds(firstByteMs)}`;
}

/**
 * Formats a line of the Common Log Format; what is absent is a dash, and quotes, backslashes, controls
 * and non-ASCII bytes are escaped as `\xHH`.
 */
export const formatCommon: AccessLogFormat = ({ request, clientIp, wallTime }, outcome) => {
  const { method, target, protocol } = request;
  const requestLine = method === "" ? "-" : escaped(`${method} ${target} ${protocol}`);
  const time = commonLogTimestamp(wallTime);
  return `${clientIp || "-"} - - [${time}] "${requestLine}" ${outcome.status} ${outcome.bytesOut || "-"}`;
};

/** What JSON strings need no escape for; most values are such. */
const PLAIN = /^[ !#-[\]-~]*$/;

function text(value: string): string {
  return PLAIN.test(value) ? `"${value}"` : JSON.stringify(value).replace(NOT_ASCII, unicodeEscape);
}

/** Escaped as well: terminals and viewers disagree about what such characters do. */
const NOT_ASCII = /[^ -~]/g;

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Names that configurations gave to routes and upstreams, as JSON. */
const configuredNames = new Map<string, string>();
/** Only reached by many reloads. */
const MAX_CONFIGURED_NAMES = 20_000;

function configured(name: string): string {
  const known = configuredNames.get(name);
  if (known !== undefined) return known;
  if (configuredNames.size >= MAX_CONFIGURED_NAMES) configuredNames.clear();
  const json = text(name);
  configuredNames.set(name, json);
  return json;
}

/** Three digits each: a number with a fraction is slow to print. */
const THOUSANDTHS = Array.from({ length: 1000 }, (_, i) => `.${String(i).padStart(3, "0")}`);

/** Milliseconds to a thousandth: more digits are noise. */
function milliseconds(value: number): string {
  const micros = Math.round(value * 1000);
  const whole = Math.floor(micros / 1000);
  const rest = micros - whole * 1000;
  return rest === 0 ? String(whole) : `${whole}${THOUSANDTHS[rest]}`;
}

function escaped(value: string): string {
  return value.replace(/[^ !#-[\]-~]/g, (character) => {
    const code = character.charCodeAt(0);
    return `\\x${code.toString(16).padStart(2, "0")}`;
  });
}
