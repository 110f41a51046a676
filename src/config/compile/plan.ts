import type { Plan } from "../../core/model.ts";
import type { ConfigDraft } from "../schema/root.ts";
import { compileAddress } from "./address.ts";
import { compileAddresses } from "./addresses.ts";
import { compileLimits, compileTimeouts } from "./limits.ts";
import { compileRoutes } from "./routes.ts";
import { below, type Scope } from "./scope.ts";
import { warnOfSurprises } from "./surprises.ts";

/** Compiles a configuration; the plan is of use only where no error was reported. */
export function compilePlan(draft: ConfigDraft, scope: Scope): Plan {
  const timeouts = compileTimeouts(draft.timeouts, below(scope, "timeouts"));
  const limits = compileLimits(draft.limits, below(scope, "limits"));
  const trusted = draft.trusted_proxies ?? [];
  const plan: Plan = {
    listen: compileAddress(draft.listen_addr, below(scope, "listen_addr")),
    engine: draft.protocols?.http1_engine ?? "wire",
    routes: compileRoutes(draft.routes, below(scope, "routes"), { timeouts, limits }),
    trustedProxies: compileAddresses(trusted, below(scope, "trusted_proxies")),
    timeouts,
    limits,
    accessLog: {
      format: draft.access_log?.format ?? "json",
      path: logFile(draft.access_log?.path, below(scope, "access_log", "path")),
    },
    log: { level: draft.log?.level ?? "info", format: draft.log?.format ?? null },
  };
  warnOfSurprises(draft, plan, scope);
  return plan;
}

function logFile(text: string | undefined, { path, issues, files }: Scope): string | null {
  if (text === undefined) return null;
  const folder = files.kind(text) === "directory";
  if (text === "" || folder || files.kind(parentOf(files.resolve(text))) !== "directory") {
    issues.error({
      path,
      code: folder ? "not_a_file" : "file_not_found",
      message: folder ? `Not a file: ${text}` : `File not found: the folder of ${text}`,
      hint: `Looked for ${files.resolve(text)}.`,
    });
  }
  return files.resolve(text);
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf("/")));
}
