import type { ExchangeOutcome } from "../../ports/exchange.ts";
import { headerValue } from "../../utils/header-list.ts";
import { commonLogTimestamp, isoTimestamp } from "../../utils/timestamp.ts";
import type { ExchangeContext } from "../context.ts";

/** Formats one finished exchange as one line, without its line feed. */
export type AccessLogFormat = (
  exchange: ExchangeContext,
  outcome: ExchangeOutcome,
  durationMs: number,
) => string;

/**
 * Formats a line of JSON; absent values are left out. **Security:** everything that a client or an
 * upstream can choose is escaped as JSON, so that no value can forge a line or a field.
 */
export const formatJson: AccessLogFormat = (exchange, outcome, durationMs) => {
  const { request } = exchange;
  let line = `{"time":"${isoTimestamp(exchange.wallTime)}","request_id":${text(exchange.requestId)}`;
  line += optional("client_ip", exchange.clientIp);
  line += optional("method", request.method);
  line += optional("host", exchange.host);
  line += optional("path", exchange.path);
  line += optional("query", exchange.query.slice(1));
  line += optional("route", exchange.route);
  line += optional("upstream", exchange.upstream);
  line += `,"status":${outcome.status}`;
  if (exchange.failure !== null) line += `,"reason":"${exchange.failure}"`;
  line += `,"bytes_in":${outcome.bytesIn},"bytes_out":${outcome.bytesOut}`;
  line += `,"duration_ms":${rounded(durationMs)}`;
  if (exchange.upstream !== "") {
    line += `,"upstream_connect_ms":${rounded(exchange.connectMs)}`;
    if (exchange.firstByteMs > 0)
      line += `,"upstream_first_byte_ms":${rounded(exchange.firstByteMs)}`;
  }
  line += `,"protocol":"${request.protocol}"`;
  const { tls } = exchange.connection;
  if (tls !== undefined) line += optional("tls", tls.version);
  if (exchange.retries > 0) line += `,"retries":${exchange.retries}`;
  line += optional("trace_id", exchange.traceId);
  line += optional("user_agent", headerValue(request.headers, "user-agent") ?? "");
  line += optional("referer", headerValue(request.headers, "referer") ?? "");
  return `${line}}`;
};

/** Formats a line of the Common Log Format; quotes, backslashes and controls are escaped as `\xHH`. */
export const formatCommon: AccessLogFormat = (exchange, outcome) => {
  const { request } = exchange;
  const requestLine = `${request.method} ${request.target} ${request.protocol}`;
  const time = commonLogTimestamp(exchange.wallTime);
  return `${exchange.clientIp || "-"} - - [${time}] "${escaped(requestLine)}" ${outcome.status} ${outcome.bytesOut}`;
};

function optional(name: string, value: string): string {
  return value === "" ? "" : `,"${name}":${text(value)}`;
}

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

/** Milliseconds to a thousandth: more digits are noise. */
function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}

function escaped(value: string): string {
  return value.replace(/[^ !#-[\]-~]/g, (character) => {
    const code = character.charCodeAt(0);
    return `\\x${code.toString(16).padStart(2, "0")}`;
  });
}
