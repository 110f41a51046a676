import { parseDuration } from "../utils/duration.ts";
import type { ConfigPath } from "./path.ts";

/**
 * Keys and values of the contract whose feature is not there yet. A value that only confirms what
 * happens anyway is a warning, anything else an error. Whoever builds a feature deletes its lines.
 */
interface Unbuilt {
  /** What the key means when it is left out; a block may be given in part. */
  readonly byDefault?: unknown;
  /** Values beside the default that ask for nothing. */
  readonly idle?: readonly unknown[];
}

/** By path; `*` stands for one step. */
const UNBUILT_KEYS: Readonly<Record<string, Unbuilt>> = {
  tls: { idle: [{ acme: { enabled: false } }] },
  health_check: {
    byDefault: {
      enabled: true,
      interval_secs: 10,
      timeout_secs: 2,
      path: "/health",
      unhealthy_threshold: 3,
      healthy_threshold: 2,
      method: "GET",
      expect_status: "2xx",
      jitter: 0.1,
      passive: { max_failures: 0, window: "30s", eject_for: "30s" },
    },
  },
  backend_health_paths: { byDefault: {} },
  "protocols.http2_enabled": { byDefault: true, idle: [false] },
  "protocols.http3_enabled": { byDefault: false },
  "protocols.websocket_enabled": { byDefault: true, idle: [false] },
  "protocols.http2_max_frame_size": {},
  "protocols.http2_max_concurrent_streams": { byDefault: 100 },
  "protocols.http3_config": {
    byDefault: {
      max_data: 10_000_000,
      max_stream_data: 1_000_000,
      max_streams_bidi: 100,
      max_idle_timeout: 30_000,
      congestion_control: "cubic",
      enable_0rtt: false,
    },
  },
  workers: { byDefault: "auto", idle: [1] },
  metrics: { byDefault: { enabled: true, path: "/metrics", allow: ["loopback"] } },
  admin: {},
  shutdown: { byDefault: { timeout: "30s", delay: "0s" } },
  http_listen_addr: {},
  redis: {},
  "timeouts.tunnel_idle": { byDefault: "1h" },
  "routes.*.timeouts.tunnel_idle": { byDefault: "1h" },
  "routes.*.timeouts.request_body": {},
  "routes.*.rate_limit": {},
  "routes.*.retry": { byDefault: { attempts: 1, budget_percent: 20 } },
  "routes.*.compress": { byDefault: false },
  "routes.*.protocol": { byDefault: "http1" },
  "routes.*.health_check": {},
  "routes.*.hash_on": {},
  "routes.*.sticky": {},
  "routes.*.max_frame_size": {},
  "routes.*.max_message_size": {},
};

/** Values of keys that exist otherwise. */
const UNBUILT_VALUES: Readonly<Record<string, readonly string[]>> = {
  "routes.*.type": ["websocket"],
  "routes.*.strategy": ["least_conn", "power_of_two", "ip_hash", "consistent_hash"],
};

/** How a key of an unbuilt feature is to be treated; null where the contract has no such key. */
export function judgeUnbuilt(path: ConfigPath, value: unknown): "confirms" | "asks" | null {
  const unbuilt = lookUp(UNBUILT_KEYS, path);
  if (unbuilt === undefined) return null;
  if (value === undefined || value === null || isSwitchedOff(value)) return "confirms";
  const idle = [...(unbuilt.idle ?? []), unbuilt.byDefault].filter((each) => each !== undefined);
  return idle.some((each) => confirms(value, each)) ? "confirms" : "asks";
}

/** Tells whether the contract has a value that this version does not. */
export function isUnbuiltValue(path: ConfigPath, value: unknown): boolean {
  return lookUp(UNBUILT_VALUES, path)?.some((each) => each === value) ?? false;
}

/** Lists all unbuilt keys by path (`*` stands for a route), and unbuilt values as `path: value`. */
export function listUnbuilt(): string[] {
  const values = Object.entries(UNBUILT_VALUES).flatMap(([path, each]) =>
    each.map((value) => `${path}: ${value}`),
  );
  return [...Object.keys(UNBUILT_KEYS), ...values];
}

/** Lists the unbuilt keys below a block, for suggestions. */
export function unbuiltKeys(parent: ConfigPath): string[] {
  const prefix = parent.length === 0 ? "" : `${generalise(parent)}.`;
  return Object.keys(UNBUILT_KEYS).flatMap((key) => {
    const name = key.startsWith(prefix) ? key.slice(prefix.length) : "";
    return name === "" || name.includes(".") ? [] : [name];
  });
}

/** Own entries only: `constructor` is a key that somebody may write. */
function lookUp<T>(table: Readonly<Record<string, T>>, path: ConfigPath): T | undefined {
  const key = generalise(path);
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

function generalise(path: ConfigPath): string {
  return path.map((step, i) => (i === 1 && path[0] === "routes" ? "*" : step)).join(".");
}

function isSwitchedOff(value: unknown): boolean {
  return (
    typeof value === "object" && value !== null && "enabled" in value && value.enabled === false
  );
}

/** Whether a value says no more than the default: blocks may leave keys out, durations may be spelt differently. */
function confirms(value: unknown, byDefault: unknown): boolean {
  if (value === byDefault) return true;
  if (typeof value === "string" && typeof byDefault === "string") {
    const duration = parseDuration(value);
    return duration !== null && duration === parseDuration(byDefault);
  }
  if (Array.isArray(value) || Array.isArray(byDefault)) {
    return JSON.stringify(value) === JSON.stringify(byDefault);
  }
  if (typeof value !== "object" || typeof byDefault !== "object") return false;
  if (value === null || byDefault === null) return false;
  const known = new Map<string, unknown>(Object.entries(byDefault));
  return Object.entries(value).every(
    ([key, item]) => known.has(key) && confirms(item, known.get(key)),
  );
}
