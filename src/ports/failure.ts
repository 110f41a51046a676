/** Who is to blame for a failure: it decides the log level and whether an upstream's health suffers. */
export type FailureSource = "downstream" | "upstream" | "internal";

/**
 * Stable names of everything that can go wrong with an exchange. They appear in the access log
 * and in the metrics, so they are never renamed; `core/errors.ts` maps each to a status.
 */
export type FailureReason =
  // The client's bytes or wishes
  | "malformed_request"
  | "unsupported_http_version"
  | "method_not_forwarded"
  | "bad_path"
  | "header_timeout"
  | "body_timeout"
  | "body_too_large"
  | "uri_too_long"
  | "headers_too_large"
  | "expectation_failed"
  | "connection_limit"
  | "client_closed"
  | "client_idle_timeout"
  // The route table and the handlers
  | "no_route"
  | "upgrade_not_supported"
  | "method_not_allowed"
  | "file_not_found"
  | "range_not_satisfiable"
  | "precondition_failed"
  // The upstream
  | "upstream_resolve_failed"
  | "upstream_connect_refused"
  | "upstream_connect_failed"
  | "upstream_connect_timeout"
  | "upstream_tls_failed"
  | "upstream_queue_full"
  | "upstream_queue_timeout"
  | "upstream_closed"
  | "upstream_reset"
  | "upstream_malformed_response"
  | "upstream_timeout_header"
  | "upstream_timeout_idle"
  | "upstream_truncated"
  | "no_healthy_upstream"
  // Prox itself
  | "shutting_down"
  | "internal_error";

/** What a failure may carry beside its reason and source. */
export interface FailureOptions {
  /** What went wrong underneath; for the operational log only, never for a client. */
  readonly cause?: unknown;
  /** For upstream failures: whether any byte of the request may have reached the upstream. Default true. */
  readonly requestSent?: boolean;
  /** For upstream failures: whether a pooled connection had been used again. Default false. */
  readonly reused?: boolean;
}

/** An exchange that failed: carries a stable reason, its source and, for the log, its cause. */
export class ProxError extends Error {
  override readonly name = "ProxError";
  readonly reason: FailureReason;
  readonly source: FailureSource;
  /** False only where it is certain that the upstream saw nothing of the request. */
  readonly requestSent: boolean;
  /** True where a pooled connection failed: it may have been closed before the request came. */
  readonly reused: boolean;

  constructor(reason: FailureReason, source: FailureSource, options: FailureOptions = {}) {
    super(reason, options.cause === undefined ? undefined : { cause: options.cause });
    this.reason = reason;
    this.source = source;
    this.requestSent = options.requestSent ?? true;
    this.reused = options.reused ?? false;
  }

  /** `PROX_UPSTREAM_TIMEOUT_HEADER` for `upstream_timeout_header`. */
  get code(): string {
    return `PROX_${this.reason.toUpperCase()}`;
  }
}
