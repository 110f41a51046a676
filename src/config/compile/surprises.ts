import type { ConfigDraft } from "../schema/root.ts";
import type { Scope } from "./scope.ts";

/** What the serve engine cannot keep; the contract suite has the same list. */
export const SERVE_ENGINE_LOSSES = [
  "Content-Length of streamed bodies",
  "trailers",
  "1xx answers",
  "pipelining",
  "bodies of GET requests",
  "raw request targets",
  "connection caps",
  "frame limits",
] as const;

/** Warns of settings that are legal and will surprise. */
export function warnOfSurprises(draft: ConfigDraft, { path, issues }: Scope): void {
  if (draft.protocols?.http1_engine === "serve") {
    issues.warn({
      path: [...path, "protocols", "http1_engine"],
      code: "serve_engine",
      message: `The serve engine does not keep: ${SERVE_ENGINE_LOSSES.join(", ")}`,
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
