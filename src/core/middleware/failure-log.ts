import type { Clock } from "../../ports/clock.ts";
import { ProxError } from "../../ports/failure.ts";
import type { Logger, LogLevel } from "../../ports/logger.ts";
import type { ExchangeContext } from "../context.ts";
import { failureReason } from "../errors.ts";

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

  /** Records one failure, or counts it where its like was told a short time ago. */
  record(exchange: ExchangeContext, error: unknown): void {
    const reason = failureReason(error);
    const { route, upstream, requestId } = exchange;
    const kind = this.#kindOf(`${reason} ${upstream} ${route}`);
    const now = this.#clock.now();
    if (now - kind.loggedAt < REPEAT_AFTER_MS) {
      kind.suppressed += 1;
      return;
    }
    this.#logger.log(levelOf(error), reason, {
      route: route === "" ? undefined : route,
      upstream: upstream === "" ? undefined : upstream,
      request_id: requestId,
      cause: causeOf(error),
      suppressed: kind.suppressed === 0 ? undefined : kind.suppressed,
    });
    kind.loggedAt = now;
    kind.suppressed = 0;
  }

  #kindOf(key: string): Kind {
    const known = this.#kinds.get(key);
    if (known !== undefined) return known;
    if (this.#kinds.size >= MAX_KINDS) this.#kinds.clear();
    const kind = { loggedAt: Number.NEGATIVE_INFINITY, suppressed: 0 };
    this.#kinds.set(key, kind);
    return kind;
  }
}

function levelOf(error: unknown): LogLevel {
  const source = error instanceof ProxError ? error.source : "internal";
  switch (source) {
    case "downstream":
      return "debug";
    case "upstream":
      return "warn";
    case "internal":
      return "error";
  }
}

/** What lies under a failure; with its stack where Prox itself is to blame. */
function causeOf(error: unknown): string | undefined {
  const cause = error instanceof ProxError ? error.cause : error;
  if (cause === undefined) return undefined;
  if (!(cause instanceof Error)) return String(cause);
  return levelOf(error) === "error" ? (cause.stack ?? cause.message) : cause.message;
}
