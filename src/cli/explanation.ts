import type { ForwardAction, Plan, RouteAction } from "../core/model.ts";
import type { Explanation } from "../core/routing/explain.ts";
import type { ExchangeRequest, HeaderList } from "../ports/exchange.ts";
import { CLIENT_ADDRESS } from "./explained-request.ts";
import { createPaint, type Paint, printable, type Style } from "./style.ts";

/** A request, and what was found out about it. */
export interface Explained {
  readonly plan: Plan;
  readonly request: ExchangeRequest;
  readonly explanation: Explanation;
}

/** Renders an explanation for a reader. */
export function renderExplanation(explained: Explained, style: Style): string {
  const { plan, request, explanation } = explained;
  const { route, reason, upstream, url, refused } = explanation;
  const paint = createPaint(style);
  const asked = `${request.method} ${request.scheme}://${request.authority}${request.pathAndQuery}`;
  const rows: [string, string | null][] = [
    ["Route", route === null ? "none" : `${route.key} (${describe(route.action)})`],
    ["Why", reason],
    ["Refused", refused === null ? null : `${refused.status} ${refused.reason}`],
    ["Upstream", upstream],
    [urlLabel(route?.action), refused === null ? url : null],
  ];
  const lines = [paint.bold(printable(asked)), ""];
  for (const [label, value] of rows) {
    if (value !== null) lines.push(`${`${label}:`.padEnd(11)}${printable(value)}`);
  }
  lines.push(
    ...fieldLines("Headers to the upstream", explanation.requestHeaders, paint),
    ...fieldLines("Headers added to the answer", explanation.responseHeaders, paint),
  );
  if (route !== null)
    lines.push("", paint.bold("Limits:"), ...limitLines(limitsOf(plan, route.action)));
  lines.push("", paint.dim(assumptions(explained)));
  return `${lines.join("\n")}\n`;
}

/** Renders an explanation for programs; the keys are part of the contract. */
export function renderExplanationJson({ plan, explanation }: Explained): string {
  const { route, reason, upstream, url, requestHeaders, responseHeaders, refused } = explanation;
  const answer = {
    route: route?.key ?? null,
    type: route?.action.type ?? null,
    reason,
    upstream,
    url,
    request_headers: fieldsJson(requestHeaders),
    response_headers: fieldsJson(responseHeaders),
    limits: route === null ? null : limitsOf(plan, route.action),
    refused,
  };
  return `${JSON.stringify(answer, null, 2)}\n`;
}

/** The limits and timeouts on one exchange; bytes and milliseconds, 0 = none. */
function limitsOf({ limits, timeouts }: Plan, action: RouteAction): Record<string, number> {
  const forward = isForward(action) ? action : null;
  const waits = forward?.timeouts ?? timeouts;
  return {
    max_request_body: forward?.maxRequestBody ?? limits.maxRequestBody,
    max_header_bytes: limits.maxHeaderBytes,
    max_uri_bytes: limits.maxUriBytes,
    ...(forward === null ? {} : { upstream_max_connections: forward.upstreamMaxConnections }),
    // One deadline for the head and one between requests: no route is known yet.
    request_header_ms: timeouts.requestHeader,
    request_body_ms: waits.requestBody,
    ...(forward === null
      ? {}
      : { connect_ms: waits.connect, response_header_ms: waits.responseHeader }),
    idle_ms: waits.idle,
    keep_alive_ms: timeouts.keepAlive,
  };
}

/** What had to be supposed. */
function assumptions({ explanation: { route, refused } }: Explained): string {
  const client = `As for a client at ${CLIENT_ADDRESS}`;
  if (refused !== null || route === null) return `${client}.`;
  if (route.action.type === "static")
    return `${client}; whether the file is there is not looked at.`;
  return isForward(route.action) ? `${client} and an upstream that answers 200.` : `${client}.`;
}

function isForward(action: RouteAction): action is ForwardAction {
  return action.type === "proxy" || action.type === "load_balance";
}

function describe(action: RouteAction): string {
  if (action.type !== "load_balance") return action.type;
  return `load_balance, ${action.strategy}, ${action.upstreams.length} upstreams`;
}

function urlLabel(action: RouteAction | undefined): string {
  if (action?.type === "redirect") return "Location";
  return action?.type === "static" ? "File" : "URL";
}

function fieldLines(title: string, headers: HeaderList, paint: Paint): string[] {
  if (headers.length === 0) return [];
  const lines = ["", paint.bold(`${title}:`)];
  for (let i = 0; i < headers.length; i += 2) {
    lines.push(`  ${printable(`${headers[i]}: ${headers[i + 1]}`)}`);
  }
  return lines;
}

function limitLines(limits: Record<string, number>): string[] {
  return Object.entries(limits).map(([name, value]) => {
    const shown = value === 0 ? "none" : String(value);
    return `  ${name}: ${shown}`;
  });
}

/** Repeated fields become a list. */
function fieldsJson(headers: HeaderList): Record<string, string | string[]> {
  const fields = new Map<string, string[]>();
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? "";
    fields.set(name, [...(fields.get(name) ?? []), headers[i + 1] ?? ""]);
  }
  const entries = [...fields].map(([name, values]): [string, string | string[]] => {
    const [only] = values;
    return [name, values.length === 1 && only !== undefined ? only : values];
  });
  return Object.fromEntries(entries);
}
