import type { Body, ExchangeResponse, HeaderList } from "../../ports/exchange.ts";
import type { ExchangeContext } from "../context.ts";
import type { BodyRule } from "../model.ts";

/** Gives the body to send in place of `body`, and makes `headers` fit it, in place. */
export type RequestBodyOps = (context: ExchangeContext, headers: HeaderList, body: Body) => Body;

/** Gives the answer to send in place of `response`. */
export type ResponseBodyOps = (
  context: ExchangeContext,
  response: ExchangeResponse,
) => ExchangeResponse;

/** Compiles request body rules; null where there are none. */
export function compileRequestBodyOps(_rules: readonly BodyRule[]): RequestBodyOps | null {
  throw new Error("not built yet");
}

/** Compiles response body rules; null where there are none. */
export function compileResponseBodyOps(_rules: readonly BodyRule[]): ResponseBodyOps | null {
  throw new Error("not built yet");
}
