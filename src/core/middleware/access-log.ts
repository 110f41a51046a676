import type { ExchangeOutcome } from "../../ports/exchange.ts";
import type { AsciiLine } from "../../utils/ascii-line.ts";
import { headerValue } from "../../utils/header-list.ts";
import { commonLogTimestamp, isoTimestamp } from "../../utils/timestamp.ts";
import type { ExchangeContext } from "../context.ts";

/** Writes one finished exchange to an empty line. */
export type AccessLogFormat = (
  line: AsciiLine,
  exchange: ExchangeContext,
  result: { readonly outcome: ExchangeOutcome; readonly durationMs: number },
) => void;

/**
 * Writes a line of JSON; absent values are left out. **Security:** everything that a client or an
 * upstream can choose is escaped, unless its own grammar has nothing to escape (addresses, ids), so
 * that no value can forge a line or a field.
 */
export const formatJson: AccessLogFormat = (line, exchange, { outcome, durationMs }) => {
  const { request } = exchange;
  line.ascii('{"time":"');
  line.ascii(isoTimestamp(exchange.wallTime));
  line.ascii('","request_id":"');
  line.ascii(exchange.requestId);
  line.ascii('"');
  text(line, ',"client_ip":', exchange.clientIp);
  text(line, ',"method":', request.method);
  text(line, ',"host":', exchange.host);
  text(line, ',"path":', exchange.path);
  if (exchange.query !== "") text(line, ',"query":', exchange.query.slice(1));
  text(line, ',"route":', exchange.route);
  text(line, ',"upstream":', exchange.upstream);
  number(line, ',"status":', outcome.status);
  text(line, ',"reason":', exchange.failure ?? "");
  number(line, ',"bytes_in":', outcome.bytesIn);
  number(line, ',"bytes_out":', outcome.bytesOut);
  line.ascii(',"duration_ms":');
  line.thousandths(durationMs);
  if (exchange.firstByteMs > 0) upstreamTimes(line, exchange);
  text(line, ',"protocol":', request.protocol);
  text(line, ',"tls":', exchange.connection.tls?.version ?? "");
  if (exchange.retries > 0) number(line, ',"retries":', exchange.retries);
  text(line, ',"trace_id":', exchange.traceId);
  text(line, ',"user_agent":', headerValue(request.headers, "user-agent") ?? "");
  text(line, ',"referer":', headerValue(request.headers, "referer") ?? "");
  line.ascii("}");
};

/**
 * Writes a line of the Common Log Format; what is absent is a dash, and quotes, backslashes, controls
 * and non-ASCII bytes are escaped as `\xHH`.
 */
export const formatCommon: AccessLogFormat = (line, exchange, { outcome }) => {
  const { method, target, protocol } = exchange.request;
  const requestLine = method === "" ? "-" : escaped(`${method} ${target} ${protocol}`);
  const time = commonLogTimestamp(exchange.wallTime);
  const { status, bytesOut } = outcome;
  line.ascii(
    `${exchange.clientIp || "-"} - - [${time}] "${requestLine}" ${status} ${bytesOut || "-"}`,
  );
};

/** Adds a field, or nothing where the value is absent. */
function text(line: AsciiLine, name: string, value: string): void {
  if (value === "") return;
  line.ascii(name);
  line.json(value);
}

function number(line: AsciiLine, name: string, value: number): void {
  line.ascii(name);
  line.integer(value);
}

/** Known only where an upstream answered. */
function upstreamTimes(line: AsciiLine, { connectMs, firstByteMs }: ExchangeContext): void {
  line.ascii(',"upstream_connect_ms":');
  line.thousandths(connectMs);
  line.ascii(',"upstream_first_byte_ms":');
  line.thousandths(firstByteMs);
}

function escaped(value: string): string {
  return value.replace(/[^ !#-[\]-~]/g, (character) => {
    const code = character.charCodeAt(0);
    return `\\x${code.toString(16).padStart(2, "0")}`;
  });
}
