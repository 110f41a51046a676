import type { BodyStream, ExchangeResponse, HeaderList } from "../../ports/exchange.ts";
import { type FailureReason, ProxError } from "../../ports/failure.ts";
import { headerValue } from "../../utils/header-list.ts";
import type { ServeRequest } from "./request.ts";

/** Turns the core's answer into one that Bun.serve sends; its observer is told when it has left. */
export function toResponse(
  request: ServeRequest,
  answer: ExchangeResponse,
  closing: boolean,
): Response {
  const init = { status: answer.status, headers: fieldPairs(answer.headers) };
  if (closing || answer.close === true) init.headers.push(["connection", "close"]);
  const { body } = answer;
  if (request.aborted) return discard(request, answer);
  if (isBodiless(request.method, answer.status) || body === null) {
    if (body !== null && !(body instanceof Uint8Array)) body.cancel();
    keepLength(init.headers, request.method, answer);
    finish(request, answer, 0);
    return new Response(null, init);
  }
  if (body instanceof Uint8Array) {
    finish(request, answer, body.length);
    // The runtime never modifies a body; its type only rules shared memory out, which bodies never are.
    return new Response(body as Uint8Array<ArrayBuffer>, init);
  }
  return new Response(new ReadableStream(new OutgoingBody(request, answer, body)), init);
}

/** The client left before its answer was there: the runtime sends nothing, whatever it gets. */
function discard(request: ServeRequest, answer: ExchangeResponse): Response {
  const { body } = answer;
  if (body !== null && !(body instanceof Uint8Array)) body.cancel();
  finish(request, answer, 0, "client_closed");
  return new Response(null);
}

/** Pulls the core's body for the runtime's stream. */
class OutgoingBody {
  readonly #request: ServeRequest;
  readonly #answer: ExchangeResponse;
  readonly #body: BodyStream;
  #sent = 0;
  #over = false;

  constructor(request: ServeRequest, answer: ExchangeResponse, body: BodyStream) {
    this.#request = request;
    this.#answer = answer;
    this.#body = body;
  }

  async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    try {
      const chunk = await this.#body.read();
      if (chunk !== null) {
        this.#sent += chunk.length;
        controller.enqueue(chunk);
        return;
      }
      const { length } = this.#body;
      if (length !== undefined && length !== this.#sent) {
        throw new ProxError("upstream_truncated", "upstream");
      }
      this.#finish();
      controller.close();
    } catch (error) {
      // Only an error resets the connection: closing early would look like a complete answer.
      this.#finish(error instanceof ProxError ? error.reason : "internal_error");
      controller.error(error);
    }
  }

  cancel(): void {
    this.#body.cancel();
    this.#finish("client_closed");
  }

  #finish(failure?: FailureReason): void {
    if (this.#over) return;
    this.#over = true;
    finish(this.#request, this.#answer, this.#sent, failure);
  }
}

function finish(
  request: ServeRequest,
  answer: ExchangeResponse,
  bytesOut: number,
  failure?: FailureReason,
): void {
  answer.observer?.finished({
    status: request.aborted && bytesOut === 0 ? 499 : answer.status,
    bytesIn: request.bytesIn,
    bytesOut,
    ...(failure === undefined ? {} : { failure }),
  });
}

function isBodiless(method: string, status: number): boolean {
  return method === "HEAD" || status === 204 || status === 304;
}

/** The length that a GET would have had: told where there is no body to tell it (RFC 9110, 8.6). */
function keepLength(pairs: [string, string][], method: string, answer: ExchangeResponse): void {
  if (method !== "HEAD" && answer.status !== 304) return;
  const length = answer.body?.length ?? headerValue(answer.headers, "content-length");
  if (length !== undefined) pairs.push(["content-length", String(length)]);
}

function fieldPairs(headers: HeaderList): [string, string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? "";
    if (name !== "content-length") pairs.push([name, headers[i + 1] ?? ""]);
  }
  return pairs;
}
