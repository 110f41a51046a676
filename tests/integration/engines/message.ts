import type { ServeEngineLoss } from "../../../src/config/serve-engine-losses.ts";
import type { RawResponse } from "../../support/raw-client.ts";
import type { CapturedRequest } from "../upstream.ts";

type Field = readonly [name: string, value: string];

/** As Prox's own answers tell it. */
const REQUEST_ID = /\b[0-9a-f]{32}\b/;

/** A message by its parts, so that two engines can be compared. */
export interface Message {
  /** Request line or status code. */
  readonly start: string;
  readonly fields: readonly Field[];
  readonly body: string;
}

/** Reads what reached an upstream. */
export function requestMessage({ line, fields, body }: CapturedRequest): Message {
  const lower = fields.map(([name, value]): Field => [name.toLowerCase(), value]);
  const chunked = lower.some(([name]) => name === "transfer-encoding");
  return { start: line, fields: lower, body: chunked ? decodeChunks(body) : body };
}

/** Reads what reached a client. */
export function responseMessage({ status, headers, body }: RawResponse): Message {
  return { start: String(status), fields: headers, body };
}

/** Takes out of a message what an engine may do in its own way, each under the name that users are told. */
const BLIND: Partial<Record<ServeEngineLoss, (message: Message) => Message>> = {
  "Content-Length of streamed bodies": (message) => ({
    ...message,
    fields: message.fields.filter(
      ([name]) => name !== "content-length" && name !== "transfer-encoding",
    ),
  }),
  "field order and repeats": (message) => ({ ...message, fields: joined(message.fields) }),
};

/** Blinds messages to named losses, and to what is new in every exchange. */
export function blinded(message: Message, losses: readonly ServeEngineLoss[]): Message {
  const fields = message.fields.map(([name, value]): Field => [name, own(name, value)]);
  const body = message.body.replace(REQUEST_ID, "(new)");
  let blind: Message = { ...message, fields, body };
  for (const loss of losses) blind = BLIND[loss]?.(blind) ?? blind;
  return blind;
}

function own(name: string, value: string): string {
  return name === "date" || name === "x-request-id" || name === "traceparent" ? "(new)" : value;
}

/** Fields by name, repeats in one list; Set-Cookie can not be joined (RFC 9110, 5.3). */
function joined(fields: readonly Field[]): readonly Field[] {
  const byName = new Map<string, string>();
  const cookies: Field[] = [];
  for (const [name, value] of fields) {
    const before = byName.get(name);
    if (name === "set-cookie") cookies.push([name, value]);
    else byName.set(name, before === undefined ? value : before + separator(name) + value);
  }
  // Blanks around separators are nobody's meaning (RFC 9110, 5.6.1).
  const lists = [...byName].map(([name, list]): Field => [name, list.replace(/ *([,;]) */g, "$1")]);
  return [...lists.sort(([a], [b]) => (a < b ? -1 : 1)), ...cookies];
}

function separator(name: string): string {
  return name === "cookie" ? "; " : ", ";
}

function decodeChunks(text: string): string {
  let body = "";
  for (let at = 0; ; ) {
    const end = text.indexOf("\r\n", at);
    const size = Number.parseInt(text.slice(at, end), 16);
    if (!(size > 0)) return body;
    body += text.slice(end + 2, end + 2 + size);
    at = end + 2 + size + 2;
  }
}
