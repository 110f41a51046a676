import type { Handler } from "../context.ts";
import type { RedirectAction } from "../model.ts";

/** Creates the handler of a redirect route. */
export function createRedirect(_prefix: string, _action: RedirectAction): Handler {
  throw new Error("not built yet");
}
