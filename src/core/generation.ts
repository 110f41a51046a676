import type { Clock } from "../ports/clock.ts";
import type { FileTree } from "../ports/file-system.ts";
import type { LineSink, Logger } from "../ports/logger.ts";
import type { UpstreamAddress, UpstreamClient } from "../ports/upstream-client.ts";
import { AsciiLine } from "../utils/ascii-line.ts";
import { type CidrSet, createCidrSet } from "../utils/ip.ts";
import type { Handler } from "./context.ts";
import type { ExchangeRecorder } from "./exchange.ts";
import { createForward } from "./handlers/forward.ts";
import { createRedirect } from "./handlers/redirect.ts";
import { createStaticFiles } from "./handlers/static-files.ts";
import { formatCommon, formatJson } from "./middleware/access-log.ts";
import { FailureLog } from "./middleware/failure-log.ts";
import { responseRules } from "./middleware/response-rules.ts";
import type { ForwardAction, Plan, RoutePlan, UpstreamPlan } from "./model.ts";
import { compose } from "./pipeline.ts";
import { createPathRewrite } from "./routing/path-rewrite.ts";
import { createRouteTable, type RouteTable } from "./routing/route-table.ts";
import { compileRequestBodyOps, compileResponseBodyOps } from "./transform/body-ops.ts";
import { compileRequestHeaderOps, compileResponseHeaderOps } from "./transform/header-ops.ts";
import { createRandom } from "./upstream/selection/random.ts";
import { createRoundRobin } from "./upstream/selection/round-robin.ts";
import type { Upstream } from "./upstream/upstream.ts";

/** What a generation reaches the world through. */
export interface GenerationPorts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** null = no access log. */
  readonly accessLog: LineSink | null;
  /** Gives the client of an address; the same id gives the same client. */
  readonly upstreamClient: (address: UpstreamAddress, maxConnections: number) => UpstreamClient;
  readonly fileTree: (root: string) => FileTree;
}

/** A route, ready to serve. */
export interface Route {
  readonly key: string;
  readonly handler: Handler;
}

/** One compiled configuration: everything that dispatch needs to answer requests. */
export interface Generation {
  readonly routes: RouteTable<Route>;
  readonly trustedProxies: CidrSet;
  readonly recorder: ExchangeRecorder;
}

/** Builds a generation from a plan; opens no connection. */
export function createGeneration(plan: Plan, ports: GenerationPorts): Generation {
  const routes = plan.routes.map((route) => ({
    host: route.host,
    prefix: route.prefix,
    value: { key: route.key, handler: createPipeline(route, ports) },
  }));
  return {
    routes: createRouteTable(routes),
    trustedProxies: createCidrSet(plan.trustedProxies),
    recorder: createRecorder(plan, ports),
  };
}

function createPipeline(route: RoutePlan, ports: GenerationPorts): Handler {
  const headerOps = compileResponseHeaderOps(route.responseHeaders);
  const bodyOps = compileResponseBodyOps(route.responseBody);
  const rules = headerOps === null && bodyOps === null ? [] : [responseRules(headerOps, bodyOps)];
  return compose(rules, createHandler(route, ports));
}

function createHandler(route: RoutePlan, ports: GenerationPorts): Handler {
  const { action } = route;
  switch (action.type) {
    case "proxy":
    case "load_balance":
      return createForwardRoute(route.prefix, action, ports);
    case "static":
      return createStaticFiles(action, route.prefix, ports.fileTree(action.root));
    case "redirect":
      return createRedirect(route.prefix, action);
  }
}

function createForwardRoute(
  prefix: string,
  action: ForwardAction,
  ports: GenerationPorts,
): Handler {
  const weights = action.upstreams.map((upstream) => upstream.weight);
  return createForward({
    upstreams: action.upstreams.map((upstream) =>
      createUpstream(prefix, action, { upstream, ports }),
    ),
    selection: action.strategy === "random" ? createRandom(weights) : createRoundRobin(weights),
    timeouts: action.timeouts,
    maxRequestBody: action.maxRequestBody,
    browserHeaders: action.browserHeaders,
    headerOps: compileRequestHeaderOps(action.requestHeaders),
    bodyOps: compileRequestBodyOps(action.requestBody),
    clock: ports.clock,
  });
}

function createUpstream(
  prefix: string,
  action: ForwardAction,
  { upstream, ports }: { readonly upstream: UpstreamPlan; readonly ports: GenerationPorts },
): Upstream {
  const { pathRewrite } = action;
  return {
    url: upstream.url,
    client: ports.upstreamClient(upstreamAddress(upstream), action.upstreamMaxConnections),
    authority: upstreamAuthority(upstream),
    preserveHost: action.preserveHost ?? upstream.scheme === "http",
    rewritePath: createPathRewrite({ prefix, pathRewrite, basePath: upstream.basePath }),
  };
}

/** The address without its path: routes that differ only in that share one pool. */
function upstreamAddress(upstream: UpstreamPlan): UpstreamAddress {
  const { scheme, hostname, port, socketPath, tls } = upstream;
  return {
    id: JSON.stringify([scheme, hostname, port, socketPath, tls]),
    scheme,
    hostname,
    port,
    ...(socketPath === null ? {} : { socketPath }),
    ...(tls === null ? {} : { tls: withoutNulls(tls) }),
  };
}

function withoutNulls(tls: NonNullable<UpstreamPlan["tls"]>): NonNullable<UpstreamAddress["tls"]> {
  return {
    ...(tls.ca === null ? {} : { ca: tls.ca }),
    ...(tls.cert === null ? {} : { cert: tls.cert }),
    ...(tls.key === null ? {} : { key: tls.key }),
    ...(tls.serverName === null ? {} : { serverName: tls.serverName }),
    insecureSkipVerify: tls.insecureSkipVerify,
  };
}

/** Host field for an upstream; a default port is left out (RFC 9110, 7.2). */
function upstreamAuthority(upstream: UpstreamPlan): string {
  if (upstream.socketPath !== null) return "localhost";
  const host = upstream.hostname.includes(":") ? `[${upstream.hostname}]` : upstream.hostname;
  const defaultPort = upstream.scheme === "https" ? 443 : 80;
  return upstream.port === defaultPort ? host : `${host}:${upstream.port}`;
}

function createRecorder(plan: Plan, ports: GenerationPorts): ExchangeRecorder {
  const { accessLog, clock } = ports;
  const failures = new FailureLog(ports.logger, clock);
  const format = plan.accessLog.format === "common" ? formatCommon : formatJson;
  const line = new AsciiLine();
  return {
    failed: (exchange, error) => failures.record(exchange, error),
    finished(exchange, outcome) {
      if (accessLog === null) return;
      const durationMs = clock.now() - exchange.request.startedAt;
      line.clear();
      format(line, exchange, { outcome, durationMs });
      accessLog.write(line.view());
    },
  };
}
