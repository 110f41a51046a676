import type { Plan } from "../../core/model.ts";
import { createCidrSet } from "../../utils/ip.ts";
import type { ConfigDraft } from "../schema/root.ts";
import { SERVE_ENGINE_LOSSES } from "../serve-engine-losses.ts";
import { PRESETS } from "./addresses.ts";
import type { Scope } from "./scope.ts";

/** Addresses that mostly a proxy in front of Prox connects to. */
const INSIDE = createCidrSet(
  ["loopback", "private"].flatMap((preset) => PRESETS.get(preset) ?? []),
);

/** Warns of settings that are legal and will surprise. */
export function warnOfSurprises(draft: ConfigDraft, plan: Plan, { path, issues }: Scope): void {
  if (
    plan.limits.maxConnectionsPerIp > 0 &&
    plan.trustedProxies.length === 0 &&
    INSIDE.has(plan.listen.hostname)
  ) {
    issues.warn({
      path: [...path, "limits", "max_connections_per_ip"],
      code: "ip_limit_behind_proxy",
      message: `'max_connections_per_ip' on ${plan.listen.hostname}: behind a proxy all connections come from one address`,
      hint: "Leave it to the proxy in front; name that in trusted_proxies.",
    });
  }
  if (draft.protocols?.http1_engine === "serve") {
    issues.warn({
      path: [...path, "protocols", "http1_engine"],
      code: "serve_engine",
      message: `The serve engine does not keep: ${Object.keys(SERVE_ENGINE_LOSSES).join(", ")}`,
      hint: "The default, wire, keeps them.",
    });
  }
  for (const [i, block] of (draft.trusted_proxies ?? []).entries()) {
    if (block === undefined || !/\/0$/.test(block)) continue;
    issues.warn({
      path: [...path, "trusted_proxies", i],
      code: "trusts_everyone",
      message: `'${block}' trusts every peer: any client can forge its address`,
      hint: "Name the proxies in front of Prox only.",
    });
  }
}
