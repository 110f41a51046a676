import type { Body, HeaderList } from "../../src/ports/exchange.ts";
import { ProxError } from "../../src/ports/failure.ts";
import type {
  UpstreamClient,
  UpstreamRequest,
  UpstreamResponse,
} from "../../src/ports/upstream-client.ts";

/** What a fake upstream does with a request. */
export type UpstreamAnswer = (
  request: UpstreamRequest,
) => UpstreamResponse | Promise<UpstreamResponse>;

/** An upstream that answers from a script: each request takes the next answer, the last one stays. */
export class FakeUpstream implements UpstreamClient {
  readonly requests: UpstreamRequest[] = [];
  closed = false;
  readonly #answers: UpstreamAnswer[];

  constructor(...answers: UpstreamAnswer[]) {
    this.#answers = answers.length === 0 ? [() => upstreamResponse()] : answers;
  }

  async send(request: UpstreamRequest): Promise<UpstreamResponse> {
    this.requests.push(request);
    const answer = this.#answers.length > 1 ? this.#answers.shift() : this.#answers[0];
    if (answer === undefined) throw new Error("no answer in the script");
    return answer(request);
  }

  close(): void {
    this.closed = true;
  }
}

/** Builds the head of an upstream's answer. */
export function upstreamResponse(
  given: {
    readonly status?: number;
    readonly headers?: HeaderList;
    readonly body?: Body;
    readonly connectMs?: number;
  } = {},
): UpstreamResponse {
  return { status: 200, headers: [], body: null, connectMs: 0, reused: false, ...given };
}

/** Fails as an upstream does of which nothing was asked yet. */
export function refusesConnections(): never {
  throw new ProxError("upstream_connect_refused", "upstream", {
    cause: new Error("connect ECONNREFUSED 10.0.0.9:8080"),
    requestSent: false,
  });
}

/** Waits until the client leaves, as the real one does. */
export function hangsUntilAborted(request: UpstreamRequest): Promise<UpstreamResponse> {
  const { promise, reject } = Promise.withResolvers<UpstreamResponse>();
  request.abortListener = {
    aborted: () => reject(new ProxError("client_closed", "downstream")),
  };
  return promise;
}
