import type { HeaderList } from "../../ports/exchange.ts";
import type { ExchangeContext } from "../context.ts";
import type { HeaderRule } from "../model.ts";

/** Edits request fields in place. */
export type RequestHeaderOps = (context: ExchangeContext, headers: HeaderList) => void;

/** Edits the fields of an answer in place. */
export type ResponseHeaderOps = (
  context: ExchangeContext,
  status: number,
  headers: HeaderList,
) => void;

/** Compiles request header rules; null where there are none. */
export function compileRequestHeaderOps(_rules: readonly HeaderRule[]): RequestHeaderOps | null {
  throw new Error("not built yet");
}

/** Compiles response header rules; null where there are none. */
export function compileResponseHeaderOps(_rules: readonly HeaderRule[]): ResponseHeaderOps | null {
  throw new Error("not built yet");
}
