/** Formats Unix milliseconds as `2026-11-24T16:25:10.123Z` (RFC 3339, UTC). */
export function formatIsoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
