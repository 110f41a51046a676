/** Fields that the codec itself must understand. */
export const ORDINARY = 0;
export const CONTENT_LENGTH = 1;
export const TRANSFER_ENCODING = 2;
export const CONNECTION = 3;
export const HOST = 4;
export const EXPECT = 5;

/** A field name as the rest of Prox sees it. */
export interface FieldName {
  /** As it came. */
  readonly raw: string;
  /** Lower case. */
  readonly text: string;
  /** ORDINARY or one of the kinds above. */
  readonly kind: number;
  /** Never gives way to another name. */
  readonly common: boolean;
}

/** A power of two; what clients send can overwrite names here, never add to them. */
const SLOTS = 4096;
const REMEMBERED_LENGTH = 64;

const KINDS = new Map<string, number>([
  ["content-length", CONTENT_LENGTH],
  ["transfer-encoding", TRANSFER_ENCODING],
  ["connection", CONNECTION],
  ["host", HOST],
  ["expect", EXPECT],
]);

const COMMON =
  "Accept Accept-Encoding Accept-Language Accept-Ranges Age Allow Alt-Svc Authorization " +
  "Cache-Control Connection Content-Disposition Content-Encoding Content-Language Content-Length " +
  "Content-Range Content-Security-Policy Content-Type Cookie Date ETag Expect Expires Forwarded " +
  "Host If-Match If-Modified-Since If-None-Match If-Range Keep-Alive Last-Modified Link Location " +
  "Origin Pragma Range Referer Referrer-Policy Retry-After Sec-Fetch-Dest Sec-Fetch-Mode " +
  "Sec-Fetch-Site Sec-WebSocket-Key Sec-WebSocket-Version Server Set-Cookie " +
  "Strict-Transport-Security TE Trailer Transfer-Encoding Upgrade User-Agent Vary Via " +
  "WWW-Authenticate X-Content-Type-Options X-Forwarded-For X-Forwarded-Host X-Forwarded-Proto " +
  "X-Frame-Options X-Powered-By X-Real-IP X-Request-Id traceparent";

const slots: (FieldName | undefined)[] = new Array(SLOTS).fill(undefined);
for (const name of COMMON.split(" ")) {
  for (const raw of [name.toLowerCase(), name]) {
    const bytes = Buffer.from(raw, "latin1");
    slots[slotOf(bytes, 0, bytes.length)] ??= describe(raw, true);
  }
}

/**
 * Looks up the field name that stands in `bytes`, in any case. A name seen before costs no new
 * string: comparing bytes is much cheaper than making a string to look up in a map.
 */
export function fieldName(bytes: Buffer, from: number, to: number): FieldName {
  const slot = slotOf(bytes, from, to);
  const known = slots[slot];
  if (known !== undefined && isAt(known.raw, bytes, from, to)) return known;
  const name = describe(bytes.toString("latin1", from, to), false);
  if (to - from <= REMEMBERED_LENGTH && known?.common !== true) slots[slot] = name;
  return name;
}

function slotOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = to - from;
  for (let i = from; i < to; i++) hash = (Math.imul(hash, 31) + (bytes[i] ?? 0)) | 0;
  return (hash ^ (hash >>> 12)) & (SLOTS - 1);
}

function isAt(raw: string, bytes: Uint8Array, from: number, to: number): boolean {
  if (raw.length !== to - from) return false;
  for (let i = 0; i < raw.length; i++) if (raw.charCodeAt(i) !== bytes[from + i]) return false;
  return true;
}

function describe(raw: string, common: boolean): FieldName {
  const text = raw.toLowerCase();
  return { raw, text, kind: KINDS.get(text) ?? ORDINARY, common };
}
