import type { Handler, Middleware } from "./context.ts";

/** Composes a handler and the stages around it, outermost first; done once, when a generation is built. */
export function compose(stages: readonly Middleware[], handler: Handler): Handler {
  return stages.reduceRight((next, stage) => stage(next), handler);
}
