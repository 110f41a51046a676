import type { UpstreamPlan } from "../../core/model.ts";
import type { Scope } from "./scope.ts";

/** A target as read: everything of an upstream but weight and TLS settings. */
export type TargetPlan = Omit<UpstreamPlan, "weight" | "tls">;

/** Why an URL is refused. */
export interface UrlProblem {
  readonly reason: string;
  readonly hint: string;
}

/** Longest path of a unix socket: sun_path holds 108 bytes with its NUL. */
const LONGEST_SOCKET_PATH = 107;

/** Compiles a target; null where it is no usable URL. `name` is the field in messages. */
export function compileTarget(text: string, name: string, scope: Scope): TargetPlan | null {
  const target = text.startsWith("unix:") ? unixTarget(text, scope) : httpTarget(text);
  if ("reason" in target) {
    reportUrl(text, name, { ...scope, problem: target });
    return null;
  }
  if (target.socketPath === null && /^https?:\/\/[^/]*\/$/.test(text)) warnLonePath(text, scope);
  return target;
}

/** Reports an URL that cannot be used, in the contract's words. */
export function reportUrl(
  text: string,
  name: string,
  { path, issues, problem }: Scope & { readonly problem: UrlProblem },
): void {
  issues.error({
    path,
    code: "invalid_url",
    message: `Invalid URL in field '${name}': ${text} - ${problem.reason}`,
    hint: problem.hint,
  });
}

/** Parses an http or https URL that has neither user info nor query nor fragment. */
export function parseHttpUrl(text: string): URL | UrlProblem {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase();
  const example = "Write for example http://127.0.0.1:8080.";
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) {
    return {
      reason: "Invalid URL format: it does not begin with http:// or https://",
      hint: example,
    };
  }
  if (scheme !== "http" && scheme !== "https") {
    return { reason: `Unsupported scheme '${scheme}'`, hint: "Use http, https or unix." };
  }
  // The URL parser would quietly drop or turn these.
  if (/[\s\\]/.test(text) || !isPrintable(text)) {
    return {
      reason: "Invalid URL format: it holds a space, a backslash or a control character",
      hint: "",
    };
  }
  const url = URL.parse(text);
  if (url === null) return { reason: `Invalid URL format: ${urlFault(text)}`, hint: example };
  if (url.username !== "" || url.password !== "" || /^[^/]*\/\/[^/?#]*@/.test(text)) {
    return {
      reason: "User info is not allowed",
      hint: "Send an Authorization field by request_headers.",
    };
  }
  if (/[?#]/.test(text)) {
    return {
      reason: "A query or fragment is not allowed",
      hint: "The query of the request is kept.",
    };
  }
  if (url.port === "0") return { reason: "Port 0 is not allowed", hint: "" };
  return url;
}

function httpTarget(text: string): TargetPlan | UrlProblem {
  const url = parseHttpUrl(text);
  if (!(url instanceof URL)) return url;
  const scheme = url.protocol === "https:" ? "https" : "http";
  const basePath = url.pathname === "/" ? "" : url.pathname;
  return {
    url: url.origin + basePath,
    scheme,
    hostname: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? (scheme === "https" ? 443 : 80) : Number(url.port),
    socketPath: null,
    basePath,
  };
}

function unixTarget(text: string, { files }: Scope): TargetPlan | UrlProblem {
  const written = text.slice("unix:".length).replace(/^\/\/(?=\/)/, "");
  if (written === "" || !isPrintable(written)) {
    return {
      reason: "A unix target needs the path of a socket",
      hint: "Write for example unix:/run/app.sock.",
    };
  }
  const socketPath = files.resolve(written);
  if (new TextEncoder().encode(socketPath).length > LONGEST_SOCKET_PATH) {
    return { reason: `The path of a socket has at most ${LONGEST_SOCKET_PATH} bytes`, hint: "" };
  }
  return {
    url: `unix:${socketPath}`,
    scheme: "http",
    hostname: "",
    port: 0,
    socketPath,
    basePath: "",
  };
}

function warnLonePath(text: string, { path, issues }: Scope): void {
  issues.warn({
    path,
    code: "lone_slash",
    message: `The '/' at the end of '${text}' is no path: the request path is forwarded unchanged`,
    hint: 'To strip the route\'s prefix, set path_rewrite: "/"; else leave the slash out.',
  });
}

function urlFault(text: string): string {
  const authority = text.replace(/^[^/]*\/\//, "").replace(/[/?#].*$/, "");
  if (authority === "" || authority.startsWith(":")) return "it names no host";
  const port = /:([^:\]]*)$/.exec(authority)?.[1];
  const badPort = port !== undefined && (!/^[0-9]*$/.test(port) || Number(port) > 65535);
  return badPort ? `'${port}' is no port` : `'${authority}' is no host`;
}

function isPrintable(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
  return !/[\0-\x1f\x7f]/.test(text);
}
