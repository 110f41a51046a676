/**
 * The plan: a configuration compiled to plain data (JSON in, JSON out), every default filled in,
 * every duration in milliseconds, every size in bytes. The config layer makes it, a generation is
 * built from it.
 */
export interface Plan {
  readonly listen: ListenAddress;
  readonly engine: "wire" | "serve";
  readonly routes: readonly RoutePlan[];
  /** CIDR blocks, presets resolved. */
  readonly trustedProxies: readonly string[];
  readonly timeouts: Timeouts;
  readonly limits: Limits;
  readonly accessLog: AccessLogPlan;
  readonly log: LogPlan;
}

/** Names the one public address. */
export interface ListenAddress {
  /** IP literal, IPv6 without brackets. */
  readonly hostname: string;
  /** 0 = any free port. */
  readonly port: number;
}

/** Milliseconds; 0 = never. */
export interface Timeouts {
  /** Absolute limit on a request head. Default 10 s. */
  readonly requestHeader: number;
  /** No byte of a body that the client owes. Default 60 s. */
  readonly requestBody: number;
  /** Connecting to an upstream. Default 5 s. */
  readonly connect: number;
  /** First byte of an upstream's answer. Default 60 s. */
  readonly responseHeader: number;
  /** No byte of an answer under way, in either direction. Default 5 min. */
  readonly idle: number;
  /** Between requests of one connection. Default 75 s. */
  readonly keepAlive: number;
}

/** Bounds what clients and upstreams may cost. */
export interface Limits {
  /** Bytes; 0 = none. */
  readonly maxRequestBody: number;
  /** Bytes of all header fields. Default 16 KiB. */
  readonly maxHeaderBytes: number;
  /** Bytes of the request target. Default 8 KiB. */
  readonly maxUriBytes: number;
  /** Open client connections. Default 10000. */
  readonly maxConnections: number;
  /** Open client connections of one IP address; 0 = none. */
  readonly maxConnectionsPerIp: number;
  /** Connections to one upstream. Default 256. */
  readonly upstreamMaxConnections: number;
}

/** Says how and where the access log is written. */
export interface AccessLogPlan {
  readonly format: "json" | "common" | "off";
  /** Absolute path; null = stdout. */
  readonly path: string | null;
}

/** Says how the operational log is written. */
export interface LogPlan {
  readonly level: "debug" | "info" | "warn" | "error";
  /** null = pretty on a terminal, else json. */
  readonly format: "pretty" | "json" | null;
}

/** Describes one route: what it matches, what it does, what it does to answers. */
export interface RoutePlan {
  /** Route key as configured: the name in logs, metrics and messages. */
  readonly key: string;
  /** Lower case; null = any host; a leading `*.` stands for one label. */
  readonly host: string | null;
  /** Normalised path prefix, `/` or without a trailing slash. */
  readonly prefix: string;
  readonly action: RouteAction;
  readonly responseHeaders: readonly HeaderRule[];
  readonly responseBody: readonly BodyRule[];
}

/** Names what a route does with a request; `type` tells which. */
export type RouteAction = ForwardAction | StaticAction | RedirectAction;

/** `proxy` (one upstream) and `load_balance` (several). */
export interface ForwardAction {
  readonly type: "proxy" | "load_balance";
  readonly upstreams: readonly UpstreamPlan[];
  readonly strategy: "round_robin" | "random";
  /** Replaces the matched prefix; null = none. */
  readonly pathRewrite: string | null;
  /** null = by the scheme of the target chosen: true for http and unix, false for https. */
  readonly preserveHost: boolean | null;
  readonly browserHeaders: boolean;
  readonly requestHeaders: readonly HeaderRule[];
  readonly requestBody: readonly BodyRule[];
  readonly timeouts: Timeouts;
  /** Bytes; 0 = none. */
  readonly maxRequestBody: number;
  /** Connections to one upstream. */
  readonly upstreamMaxConnections: number;
}

/** Describes one target of a route. */
export interface UpstreamPlan {
  /** The URL as configured, normalised: `http://host:port/path`, `unix:/path`. Name in logs. */
  readonly url: string;
  readonly scheme: "http" | "https";
  /** Without brackets; empty for a unix socket. */
  readonly hostname: string;
  readonly port: number;
  readonly socketPath: string | null;
  /** Path of the target; empty where it has none (a lone `/` is none). */
  readonly basePath: string;
  /** At least 1. */
  readonly weight: number;
  readonly tls: UpstreamTlsPlan | null;
}

/** PEM text, already read from disk. */
export interface UpstreamTlsPlan {
  readonly ca: string | null;
  readonly cert: string | null;
  readonly key: string | null;
  readonly serverName: string | null;
  readonly insecureSkipVerify: boolean;
}

/** Serves files below one root. */
export interface StaticAction {
  readonly type: "static";
  /** Absolute path. */
  readonly root: string;
  readonly index: readonly string[];
  /** File below root for GET and HEAD that accept HTML; null = none. */
  readonly spaFallback: string | null;
  readonly precompressed: boolean;
  readonly cacheControl: string | null;
  readonly browse: boolean;
  readonly dotfiles: boolean;
}

/** Sends the client elsewhere, with the rest of the path and the query. */
export interface RedirectAction {
  readonly type: "redirect";
  /** Absolute URL or path. */
  readonly target: string;
  readonly statusCode: 301 | 302 | 303 | 307 | 308;
}

/** `request_headers` / `response_headers`: removal first, then additions that overwrite. */
export interface HeaderRule {
  /** Lower case. */
  readonly remove: readonly string[];
  /** Lower-case name and templates of its values, which replace all fields of that name. */
  readonly add: readonly (readonly [name: string, values: readonly string[]])[];
  readonly condition: ConditionPlan | null;
}

/** `request_body` / `response_body`: replaces the body whole. */
export interface BodyRule {
  readonly contentType: "text/plain; charset=utf-8" | "application/json";
  /** Template of the body; JSON is already serialised (placeholders stand inside its strings). */
  readonly template: string;
  readonly condition: ConditionPlan | null;
}

/** All present fields must hold. */
export interface ConditionPlan {
  readonly pathMatches?: string;
  readonly methodIs?: string;
  readonly hasHeader?: HeaderTest;
  /** In response rules: looks at the request. */
  readonly requestHasHeader?: HeaderTest;
  /** Codes (`404`) and classes (`4xx`). */
  readonly statusIs?: readonly string[];
  /** CIDR blocks. */
  readonly clientIpIn?: readonly string[];
  readonly queryHas?: string;
  readonly not?: ConditionPlan;
}

/** Tests whether a field is there and, where a pattern is given, whether a value of it matches. */
export interface HeaderTest {
  /** Lower case. */
  readonly name: string;
  readonly valueMatches: string | null;
}
