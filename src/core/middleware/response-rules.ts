import type { ExchangeResponse } from "../../ports/exchange.ts";
import type { ExchangeContext, Handler, Middleware } from "../context.ts";
import type { ResponseBodyOps } from "../transform/body-ops.ts";
import type { ResponseHeaderOps } from "../transform/header-ops.ts";

/**
 * Creates the stage that applies a route's response rules: the body first, so that header rules have
 * the last word. Prox's own answers (502, 404 of a file) are subject to them as well: a CORS or
 * security field is needed on an error too.
 */
export function responseRules(
  headerOps: ResponseHeaderOps | null,
  bodyOps: ResponseBodyOps | null,
): Middleware {
  const apply = (context: ExchangeContext, response: ExchangeResponse): ExchangeResponse => {
    const changed = bodyOps === null ? response : bodyOps(context, response);
    headerOps?.(context, changed.status, changed.headers);
    return changed;
  };
  return (next) => {
    const answered = errorBoundary(next);
    return (context) => {
      const response = answered(context);
      return response instanceof Promise
        ? response.then((later) => apply(context, later))
        : apply(context, response);
    };
  };
}

/** Turns what a handler throws into an answer, so that the stages around it see one. */
function errorBoundary(next: Handler): Handler {
  return (context) => {
    try {
      const response = next(context);
      return response instanceof Promise
        ? response.catch((error) => context.fail(error))
        : response;
    } catch (error) {
      return context.fail(error);
    }
  };
}
