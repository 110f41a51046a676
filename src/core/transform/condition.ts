import type { HeaderList } from "../../ports/exchange.ts";
import type { ExchangeContext } from "../context.ts";
import type { ConditionPlan } from "../model.ts";

/** A compiled condition; request rules leave `status` and `responseHeaders` out. */
export type Condition = (
  context: ExchangeContext,
  status?: number,
  responseHeaders?: HeaderList,
) => boolean;

/** Compiles a condition. */
export function compileCondition(_plan: ConditionPlan): Condition {
  throw new Error("not built yet");
}
