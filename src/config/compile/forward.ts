import type { ForwardAction, Limits, Timeouts, UpstreamPlan } from "../../core/model.ts";
import { formatPath } from "../path.ts";
import type { RouteDraft } from "../schema/root.ts";
import { compileLimits, compileTimeouts } from "./limits.ts";
import { compileBodyRules, compileHeaderRules } from "./rules.ts";
import { below, type Scope } from "./scope.ts";
import { compileTarget, type TargetPlan } from "./target.ts";
import { compileUpstreamTls } from "./upstream-tls.ts";

/** A `proxy` or `load_balance` route with holes. */
export type ForwardDraft = Extract<
  RouteDraft,
  { readonly type?: "proxy" | "load_balance" | undefined }
>;

/** What routes take over from the top level. */
export interface RouteDefaults {
  readonly timeouts: Timeouts;
  readonly limits: Limits;
}

/** Compiles the keys of a `proxy` or `load_balance` route. */
export function compileForward(
  draft: ForwardDraft,
  { key, scope, defaults }: { key: string; scope: Scope; defaults: RouteDefaults },
): ForwardAction {
  const limits = compileLimits(draft.limits, below(scope, "limits"), defaults.limits);
  return {
    type: draft.type ?? "proxy",
    upstreams: upstreams(draft, key, scope),
    strategy: (draft.type === "load_balance" ? draft.strategy : undefined) ?? "round_robin",
    pathRewrite: pathRewrite(draft.path_rewrite, below(scope, "path_rewrite")),
    preserveHost: draft.preserve_host ?? null,
    browserHeaders: draft.browser_headers ?? false,
    requestHeaders: compileHeaderRules(draft.request_headers, below(scope, "request_headers")),
    requestBody: compileBodyRules(draft.request_body, below(scope, "request_body")),
    timeouts: compileTimeouts(draft.timeouts, below(scope, "timeouts"), defaults.timeouts),
    maxRequestBody: limits.maxRequestBody,
    upstreamMaxConnections: limits.upstreamMaxConnections,
  };
}

function upstreams(draft: ForwardDraft, key: string, scope: Scope): UpstreamPlan[] {
  const tls = compileUpstreamTls(draft.tls_upstream, below(scope, "tls_upstream"));
  const plans: UpstreamPlan[] = [];
  const add = (target: TargetPlan | null, weight: number): void => {
    if (target === null) return;
    plans.push({ ...target, weight, tls: target.scheme === "https" ? tls : null });
  };
  for (const { url, weight, name, steps } of targets(draft, key)) {
    add(compileTarget(url, name, below(scope, ...steps)), weight);
  }
  const useless =
    tls !== null && plans.length > 0 && plans.every(({ scheme }) => scheme === "http");
  if (useless) {
    scope.issues.warn({
      path: [...scope.path, "tls_upstream"],
      place: "key",
      code: "no_effect",
      message: "'tls_upstream' has no effect: no target of the route is https",
    });
  }
  return plans;
}

interface WrittenTarget {
  readonly url: string;
  readonly weight: number;
  readonly name: string;
  readonly steps: readonly (string | number)[];
}

function* targets(draft: ForwardDraft, key: string): Generator<WrittenTarget> {
  if (draft.type === "proxy" && draft.target !== undefined) {
    yield { url: draft.target, weight: 1, name: `route '${key}' proxy target`, steps: ["target"] };
  }
  if (draft.type !== "load_balance") return;
  for (const [i, target] of (draft.targets ?? []).entries()) {
    const name = `route '${key}' load_balance target ${i + 1}`;
    if (typeof target === "string") {
      yield { url: target, weight: 1, name, steps: ["targets", i] };
    } else if (target?.url !== undefined) {
      yield { url: target.url, weight: target.weight ?? 1, name, steps: ["targets", i, "url"] };
    }
  }
}

function pathRewrite(text: string | undefined, { path, issues }: Scope): string | null {
  if (text === undefined) return null;
  // What a path may hold (RFC 3986, 3.3); the query is always the request's.
  if (!/^\/(?:[\w.~!$&'()*+,;=:@/-]|%[0-9a-f]{2})*$/i.test(text)) {
    issues.error({
      path,
      code: "invalid_path",
      message: `Invalid value in field '${formatPath(path)}': '${text}' - it is no path`,
      hint: "Give a path without query and fragment; percent-encode other characters.",
    });
  }
  return text;
}
