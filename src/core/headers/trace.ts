import { randomHex } from "../../utils/random-hex.ts";

const TRACEPARENT =
  /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-|$)/;

/** Characters of a version 00 `traceparent`; later versions may go on after a dash. */
const LENGTH = 55;

/** Reads the trace id of a `traceparent`; empty where it is invalid (W3C Trace Context, 3.2). */
export function traceIdOf(traceparent: string): string {
  const traceId = TRACEPARENT.exec(traceparent)?.[1] ?? "";
  return traceparent.startsWith("00") && traceparent.length !== LENGTH ? "" : traceId;
}

/** Begins a trace: a `traceparent` whose parent is a new span, marked as sampled. */
export function beginTrace(traceId: string): string {
  return `00-${traceId}-${randomHex(8)}-01`;
}
