import type { Body } from "../../ports/exchange.ts";
import type { FailureReason } from "../../ports/failure.ts";
import { ProxError } from "../../ports/failure.ts";

/** Extra tries of one request, at another upstream where there is one. */
export const RETRY_ATTEMPTS = 1;

/** Methods whose effect is the same once or twice (RFC 9110, 9.2.2). */
const IDEMPOTENT = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);

/** Failures after which the upstream may have seen the request, but gave no byte of an answer. */
const NO_ANSWER: ReadonlySet<FailureReason> = new Set(["upstream_closed", "upstream_reset"]);

/** A busy upstream is no broken one: its load must not be handed to the others. */
const BUSY: ReadonlySet<FailureReason> = new Set(["upstream_queue_full", "upstream_queue_timeout"]);

/**
 * Decides whether a failed try may be repeated: where the request was certainly not sent, or where it
 * is idempotent and got no byte back. No body goes out twice, and none that was read in part goes on.
 */
export function mayRetry(error: unknown, method: string, body: Body): boolean {
  if (!(error instanceof ProxError) || error.source !== "upstream") return false;
  if (isConsumed(body)) return false;
  if (!error.requestSent) return !BUSY.has(error.reason);
  return body === null && IDEMPOTENT.has(method) && NO_ANSWER.has(error.reason);
}

/** Bytes at hand can be sent again, a stream that was read cannot. */
function isConsumed(body: Body): boolean {
  return body !== null && !(body instanceof Uint8Array) && body.consumed;
}
