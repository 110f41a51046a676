import type { Body, ExchangeResponse } from "../../ports/exchange.ts";
import { formatHttpDate } from "../../utils/http-date.ts";
import type { OutgoingBody } from "./outgoing-body.ts";

export type FieldPairs = [name: string, value: string][];

/** Whether an answer has no body by definition, whatever it is given (RFC 9110, 9.3.2, 15.3, 15.4.5). */
export function isBodiless(method: string, status: number): boolean {
  return method === "HEAD" || status === 204 || status === 205 || status === 304;
}

/** Gives the fields of an answer to the runtime, which adds the framing itself. */
export function answerFields(answer: ExchangeResponse, close: boolean): FieldPairs {
  const { headers } = answer;
  const pairs: FieldPairs = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? "";
    if (!isOurs(name)) pairs.push([name, headers[i + 1] ?? ""]);
  }
  if (close) pairs.push(["connection", "close"]);
  return pairs;
}

/** Builds an answer that ends with its head. */
export function bodilessResponse(
  answer: ExchangeResponse,
  pairs: FieldPairs,
  { method, wallTime }: { readonly method: string; readonly wallTime: number },
): Response {
  const length = statedLength(answer, method);
  if (length !== undefined) pairs.push(["content-length", String(length)]);
  // The runtime dates every answer but this one.
  if (method === "HEAD" && !pairs.some(([name]) => name === "date")) {
    pairs.push(["date", formatHttpDate(wallTime)]);
  }
  return new Response(null, { status: answer.status, headers: pairs });
}

/** Builds an answer whose body is at hand. */
export function wholeResponse(status: number, body: Uint8Array, pairs: FieldPairs): Response {
  const init = { status, headers: pairs };
  // The runtime never modifies a body; its type only rules shared memory out, which bodies never are.
  const bytes = body as Uint8Array<ArrayBuffer>;
  if (bytes.length === 0) return new Response(null, init);
  if (pairs.some(isContentType)) return new Response(bytes, init);
  // Bytes without a type would be given one; a stream is not.
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });
  return new Response(stream, init);
}

function isContentType([name, value]: FieldPairs[number]): boolean {
  return name === "content-type" && value !== "";
}

/** Builds an answer whose body is pulled, no faster than the client takes it. */
export function streamedResponse(status: number, body: OutgoingBody, pairs: FieldPairs): Response {
  const stream = new ReadableStream<Uint8Array>(body, { highWaterMark: 0 });
  return new Response(stream, { status, headers: pairs });
}

/** Builds an answer that only resets its connection. */
export function brokenResponse(): Response {
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      // Without a cause: the runtime prints those of answers that have not begun.
      controller.error();
    },
  });
  return new Response(stream);
}

/** Gives a body up that will not be sent. */
export function dropBody(body: Body): void {
  if (body !== null && !(body instanceof Uint8Array)) body.cancel();
}

/** What a GET would have had: told where there is no body to tell it (RFC 9110, 8.6). */
function statedLength(answer: ExchangeResponse, method: string): number | string | undefined {
  if (method !== "HEAD" && answer.status !== 304) return undefined;
  const { headers } = answer;
  const stated: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i] === "content-length") stated.push(headers[i + 1] ?? "");
  }
  const [only] = stated;
  if (only !== undefined) return stated.length === 1 && /^\d+$/.test(only) ? only : undefined;
  return method === "HEAD" ? answer.body?.length : undefined;
}

/** Framing is the runtime's and the engine's own; trailers can not be sent, so none are announced. */
function isOurs(name: string): boolean {
  return (
    name === "content-length" ||
    name === "transfer-encoding" ||
    name === "connection" ||
    name === "trailer"
  );
}
