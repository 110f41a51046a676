import type { HeaderList } from "../../ports/exchange.ts";
import type { ExchangeContext } from "../context.ts";

/** Builds the fields to send to an upstream; `host` is the value of its Host field. */
export function buildUpstreamHeaders(_context: ExchangeContext, _host: string): HeaderList {
  throw new Error("not built yet");
}
