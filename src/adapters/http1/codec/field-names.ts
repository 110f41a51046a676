/** Fields that the codec itself must understand. */
export const ORDINARY = 0;
export const CONTENT_LENGTH = 1;
export const TRANSFER_ENCODING = 2;
export const CONNECTION = 3;
export const HOST = 4;
export const EXPECT = 5;

/** A field name as the rest of Prox sees it. */
export interface FieldName {
  /** Lower case. */
  readonly text: string;
  /** ORDINARY or one of the kinds above. */
  readonly kind: number;
}

/** Names remembered beside the common ones: clients can not grow the map beyond it. */
const REMEMBERED = 512;
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

const names = new Map<string, FieldName>();
for (const name of COMMON.split(" ")) {
  const lower = describe(name.toLowerCase());
  names.set(name, lower).set(lower.text, lower);
}
const limit = names.size + REMEMBERED;

/** Looks a valid field name up, in any case, without making a new string for one seen before. */
export function fieldName(raw: string): FieldName {
  return names.get(raw) ?? remember(raw);
}

function remember(raw: string): FieldName {
  const name = describe(raw.toLowerCase());
  if (names.size >= limit || raw.length > REMEMBERED_LENGTH) return name;
  // A substring keeps the whole head alive, so what is remembered is a copy.
  const copy = Buffer.from(raw, "latin1").toString("latin1");
  const lasting = describe(copy.toLowerCase());
  names.set(copy, lasting);
  return lasting;
}

function describe(lower: string): FieldName {
  return { text: lower, kind: KINDS.get(lower) ?? ORDINARY };
}
