import type { RouteAction, RoutePlan } from "../../core/model.ts";
import type { ConfigDraft, RouteDraft } from "../schema/root.ts";
import { compileForward, type RouteDefaults } from "./forward.ts";
import { compileRedirect } from "./redirect.ts";
import { compileRouteKey, type RouteKey } from "./route-key.ts";
import { compileBodyRules, compileHeaderRules } from "./rules.ts";
import { below, type Scope } from "./scope.ts";
import { compileStatic } from "./static-files.ts";

/** Compiles the route map, in the order of the file. */
export function compileRoutes(
  draft: ConfigDraft["routes"],
  scope: Scope,
  defaults: RouteDefaults,
): RoutePlan[] {
  const taken = new Map<string, string>();
  const plans: RoutePlan[] = [];
  for (const [key, route] of Object.entries(draft ?? {})) {
    const at = below(scope, key);
    const match = compileRouteKey(key, at);
    if (match !== null) reportConflict(key, match, { taken, scope: at });
    if (route === undefined) continue;
    const plan = compileRoute(route, key, { scope: at, defaults });
    if (match !== null && plan !== null) plans.push({ key, ...match, ...plan });
  }
  return plans;
}

interface RouteSurroundings {
  readonly scope: Scope;
  readonly defaults: RouteDefaults;
}

function compileRoute(
  draft: RouteDraft,
  key: string,
  { scope, defaults }: RouteSurroundings,
): Omit<RoutePlan, "key" | "host" | "prefix"> | null {
  const action = compileAction(draft, key, { scope, defaults });
  if (action === null) return null;
  const body = "response_body" in draft ? draft.response_body : undefined;
  return {
    action,
    responseHeaders: compileHeaderRules(draft.response_headers, below(scope, "response_headers")),
    responseBody: compileBodyRules(body, below(scope, "response_body")),
  };
}

function compileAction(
  draft: RouteDraft,
  key: string,
  { scope, defaults }: RouteSurroundings,
): RouteAction | null {
  switch (draft.type) {
    case "proxy":
    case "load_balance":
      return compileForward(draft, { key, scope, defaults });
    case "static":
      return compileStatic(draft, scope);
    case "redirect":
      return compileRedirect(draft, key, scope);
    case undefined:
      return null;
  }
}

function reportConflict(
  key: string,
  { host, prefix }: RouteKey,
  { taken, scope }: { taken: Map<string, string>; scope: Scope },
): void {
  const identity = `${host ?? ""}${prefix}`;
  const other = taken.get(identity);
  if (other === undefined) {
    taken.set(identity, key);
    return;
  }
  scope.issues.error({
    path: scope.path,
    place: "key",
    code: "route_conflict",
    message: `Route configuration conflict: Routes '${other}' and '${key}' have conflicting paths`,
    hint: "They match the same requests; remove one.",
  });
}
