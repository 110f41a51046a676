import type { Limits, Timeouts } from "../../core/model.ts";
import { LONGEST_DURATION, parseDuration } from "../../utils/duration.ts";
import { parseSize } from "../../utils/size.ts";
import { formatPath } from "../path.ts";
import { below, type Scope } from "./scope.ts";

/** What applies where nothing is configured; milliseconds. */
const DEFAULT_TIMEOUTS: Timeouts = {
  requestHeader: 10_000,
  requestBody: 60_000,
  connect: 5000,
  responseHeader: 60_000,
  idle: 300_000,
  keepAlive: 75_000,
};

/** What applies where nothing is configured; bytes and counts. */
const DEFAULT_LIMITS: Limits = {
  maxRequestBody: 0,
  maxHeaderBytes: 16_384,
  maxUriBytes: 8192,
  maxConnections: 10_000,
  maxConnectionsPerIp: 0,
  upstreamMaxConnections: 256,
};

type DurationDraft = 0 | string | undefined;
type SizeDraft = number | string | undefined;

interface TimeoutsDraft {
  readonly request_header?: DurationDraft;
  readonly request_body?: DurationDraft;
  readonly connect?: DurationDraft;
  readonly response_header?: DurationDraft;
  readonly idle?: DurationDraft;
  readonly keep_alive?: DurationDraft;
}

interface LimitsDraft {
  readonly max_request_body?: SizeDraft;
  readonly max_header_bytes?: SizeDraft;
  readonly max_uri_bytes?: SizeDraft;
  readonly max_connections?: number | undefined;
  readonly max_connections_per_ip?: number | undefined;
  readonly upstream_max_connections?: number | undefined;
}

/** Compiles `timeouts`; what is not given comes from `base`. */
export function compileTimeouts(
  draft: TimeoutsDraft | undefined,
  scope: Scope,
  base: Timeouts = DEFAULT_TIMEOUTS,
): Timeouts {
  if (draft === undefined) return base;
  const read = (key: keyof TimeoutsDraft, fallback: number): number =>
    milliseconds(draft[key], below(scope, key)) ?? fallback;
  return {
    requestHeader: read("request_header", base.requestHeader),
    requestBody: read("request_body", base.requestBody),
    connect: read("connect", base.connect),
    responseHeader: read("response_header", base.responseHeader),
    idle: read("idle", base.idle),
    keepAlive: read("keep_alive", base.keepAlive),
  };
}

/** Compiles `limits`; what is not given comes from `base`. */
export function compileLimits(
  draft: LimitsDraft | undefined,
  scope: Scope,
  base: Limits = DEFAULT_LIMITS,
): Limits {
  if (draft === undefined) return base;
  const read = (key: keyof LimitsDraft, fallback: number, least = 0): number => {
    const value = bytes(draft[key], below(scope, key));
    return value === null ? fallback : atLeast(least, value, below(scope, key));
  };
  return {
    maxRequestBody: read("max_request_body", base.maxRequestBody),
    maxHeaderBytes: read("max_header_bytes", base.maxHeaderBytes, 256),
    maxUriBytes: read("max_uri_bytes", base.maxUriBytes, 64),
    maxConnections: draft.max_connections ?? base.maxConnections,
    maxConnectionsPerIp: draft.max_connections_per_ip ?? base.maxConnectionsPerIp,
    upstreamMaxConnections: draft.upstream_max_connections ?? base.upstreamMaxConnections,
  };
}

function milliseconds(draft: DurationDraft, { path, issues }: Scope): number | null {
  if (draft === undefined || draft === 0) return draft ?? null;
  const parsed = parseDuration(draft);
  if (parsed === null) {
    issues.error({
      path,
      code: "invalid_duration",
      message: `Invalid duration in field '${formatPath(path)}': '${draft}' is longer than ${LONGEST_DURATION / 86_400_000} days`,
      hint: "0 means never.",
    });
  }
  return parsed;
}

function bytes(draft: SizeDraft, { path, issues }: Scope): number | null {
  if (draft === undefined || typeof draft === "number") return draft ?? null;
  const parsed = parseSize(draft);
  if (parsed === null) {
    issues.error({
      path,
      code: "invalid_size",
      message: `Invalid size in field '${formatPath(path)}': '${draft}' is too large`,
    });
  }
  return parsed;
}

/** A head must fit somewhere: there is no "none" for these. */
function atLeast(least: number, value: number, { path, issues }: Scope): number {
  if (value < least) {
    issues.error({
      path,
      code: "out_of_range",
      message: `Invalid value in field '${formatPath(path)}': ${value} - must be at least ${least} bytes`,
    });
  }
  return value;
}
