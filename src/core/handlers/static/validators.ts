import type { FileFacts } from "../../../ports/file-system.ts";

/** What tells one state of a file from another (RFC 9110, 8.8). */
export interface Validators {
  /** Quoted entity tag, `W/` in front where it is weak; null where the file's time says nothing. */
  readonly entityTag: string | null;
  /** Unix milliseconds, whole seconds; null where the file's time says nothing. */
  readonly lastModified: number | null;
  /** Whether equal validators promise equal bytes. */
  readonly strong: boolean;
}

/** Builds of reproducible images set every file's time to second 0 or 1. */
const MEANINGLESS_BELOW = 2000;

/** A file may change twice within one tick of the file system's clock (RFC 9110, 8.8.2.2). */
const SETTLED_AFTER = 1000;

/**
 * Derives the validators of a file from its time and size. A file that changed less than a second
 * before `now` (Unix milliseconds) gets weak ones, so that no range is joined to another state.
 * `coding` tells a precompressed variant from the plain file; empty for the latter.
 */
export function validatorsOf(facts: FileFacts, coding: string, now: number): Validators {
  const { modifiedAt, size } = facts;
  if (modifiedAt < MEANINGLESS_BELOW) return { entityTag: null, lastModified: null, strong: false };
  const strong = Math.abs(now - modifiedAt) >= SETTLED_AFTER;
  const microseconds = Math.round(modifiedAt * 1000);
  const suffix = coding === "" ? "" : `-${coding}`;
  const opaque = `"${microseconds.toString(36)}-${size.toString(36)}${suffix}"`;
  return {
    entityTag: strong ? opaque : `W/${opaque}`,
    // Never later than the answer itself (RFC 9110, 8.8.2.1).
    lastModified: Math.floor(Math.min(modifiedAt, now) / 1000) * 1000,
    strong,
  };
}
