import type { Clock } from "../../ports/clock.ts";
import { ProxError } from "../../ports/failure.ts";
import type { Logger, LogLevel } from "../../ports/logger.ts";
import type { ExchangeContext } from "../context.ts";

/** The same failure of the same upstream is told once in this time; the access log has every one. */
const REPEAT_AFTER_MS = 10_000;
/** Kinds of failure that are remembered; upstreams times reasons stays far below in practice. */
const MAX_KINDS = 10_000;

interface Kind {
  loggedAt: number;
  suppressed: number;
}

/**
 * Tells the operator why exchanges fail, with the cause that no client sees: upstream failures as
 * warnings, Prox's own as errors with their stack, the client's at debug level.
 */
export class FailureLog {
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #kinds = new Map<string, Kind>();

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    this.#clock = clock;
  }

  record(exchange: ExchangeContext, error: unknown): void {
    if (!(error instanceof ProxError)) {
      this.#tell("error", "internal error", { exchange, detail: stackOf(error) });
      return;
    }
    if (error.source === "downstream") return;
    const level = error.source === "internal" ? "error" : "warn";
    this.#tell(level, error.reason, { exchange, detail: causeOf(error) });
  }

  #tell(
    level: LogLevel,
    message: string,
    { exchange, detail }: { readonly exchange: ExchangeContext; readonly detail: string },
  ): void {
    const now = this.#clock.now();
    const key = `${message} ${exchange.upstream} ${exchange.route}`;
    let kind = this.#kinds.get(key);
    if (kind === undefined) {
      if (this.#kinds.size >= MAX_KINDS) this.#kinds.clear();
      kind = { loggedAt: Number.NEGATIVE_INFINITY, suppressed: 0 };
      this.#kinds.set(key, kind);
    }
    if (now - kind.loggedAt < REPEAT_AFTER_MS) {
      kind.suppressed += 1;
      return;
    }
    this.#logger.log(level, message, {
      route: exchange.route,
      upstream: exchange.upstream === "" ? undefined : exchange.upstream,
      request_id: exchange.requestId,
      cause: detail,
      suppressed: kind.suppressed === 0 ? undefined : kind.suppressed,
    });
    kind.loggedAt = now;
    kind.suppressed = 0;
  }
}

function causeOf(error: ProxError): string {
  const { cause } = error;
  if (cause === undefined) return error.reason;
  return cause instanceof Error ? cause.message : String(cause);
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
