import type { HeaderList } from "../../../ports/exchange.ts";

/**
 * Builds a complete request head. `framing` is ready-made extra lines, such as
 * `content-length: 5\r\n`, or empty. The text is Latin-1: write it with `latin1Write`.
 * **Security:** nothing is checked here; names and values come from parsers or from checked rules.
 */
export function requestHead(
  method: string,
  target: string,
  headers: HeaderList,
  framing: string,
): string {
  return head(`${method} ${target} HTTP/1.1`, headers, framing);
}

/** Builds a complete response head, always HTTP/1.1 (RFC 9110, 6.2). Otherwise as `requestHead`. */
export function responseHead(status: number, headers: HeaderList, framing: string): string {
  return head(STATUS_LINES.get(status) ?? `HTTP/1.1 ${status} `, headers, framing);
}

/** Names a status code (RFC 9110, 15 and the IANA registry); empty for an unregistered one. */
export function reasonPhrase(status: number): string {
  return REASON_PHRASES[status] ?? "";
}

/** Joins with as few concatenations as can be: each leaves an object to the collector. */
function head(line: string, headers: HeaderList, framing: string): string {
  let text = line;
  for (let i = 0; i < headers.length; i += 2) {
    text = text + lineStart(headers[i] ?? "") + (headers[i + 1] ?? "");
  }
  return `${text}\r\n${framing}\r\n`;
}

/** What goes before a field's value: the end of the line before, the name and the colon. */
const lineStarts = new Map<string, string>();
/** Clients can bring any name: long ones, and those that come when many are known, are not kept. */
const MAX_LINE_STARTS = 1024;
const MAX_KEPT_NAME = 64;

function lineStart(name: string): string {
  const known = lineStarts.get(name);
  if (known !== undefined) return known;
  // Joined, not concatenated: what is kept must be one flat string.
  const start = ["\r\n", name, ": "].join("");
  if (name.length <= MAX_KEPT_NAME && lineStarts.size < MAX_LINE_STARTS) {
    lineStarts.set(name, start);
  }
  return start;
}

const REASON_PHRASES: Readonly<Record<number, string>> = {
  100: "Continue",
  101: "Switching Protocols",
  102: "Processing",
  103: "Early Hints",
  200: "OK",
  201: "Created",
  202: "Accepted",
  203: "Non-Authoritative Information",
  204: "No Content",
  205: "Reset Content",
  206: "Partial Content",
  207: "Multi-Status",
  208: "Already Reported",
  226: "IM Used",
  300: "Multiple Choices",
  301: "Moved Permanently",
  302: "Found",
  303: "See Other",
  304: "Not Modified",
  305: "Use Proxy",
  307: "Temporary Redirect",
  308: "Permanent Redirect",
  400: "Bad Request",
  401: "Unauthorized",
  402: "Payment Required",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  407: "Proxy Authentication Required",
  408: "Request Timeout",
  409: "Conflict",
  410: "Gone",
  411: "Length Required",
  412: "Precondition Failed",
  413: "Content Too Large",
  414: "URI Too Long",
  415: "Unsupported Media Type",
  416: "Range Not Satisfiable",
  417: "Expectation Failed",
  418: "I'm a teapot",
  421: "Misdirected Request",
  422: "Unprocessable Content",
  423: "Locked",
  424: "Failed Dependency",
  425: "Too Early",
  426: "Upgrade Required",
  428: "Precondition Required",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  451: "Unavailable For Legal Reasons",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
  505: "HTTP Version Not Supported",
  506: "Variant Also Negotiates",
  507: "Insufficient Storage",
  508: "Loop Detected",
  510: "Not Extended",
  511: "Network Authentication Required",
};

const STATUS_LINES = new Map(
  Object.entries(REASON_PHRASES).map(([status, reason]) => [
    Number(status),
    `HTTP/1.1 ${status} ${reason}`,
  ]),
);
