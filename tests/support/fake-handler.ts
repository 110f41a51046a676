import type {
  BodyStream,
  ExchangeHandler,
  ExchangeOutcome,
  ExchangeRequest,
  ExchangeResponse,
  HeaderList,
  Refusal,
} from "../../src/ports/exchange.ts";
import type { FailureReason } from "../../src/ports/failure.ts";

type Answerer = (request: ExchangeRequest) => ExchangeResponse | Promise<ExchangeResponse>;

const STATUS: Partial<Record<FailureReason, number>> = {
  malformed_request: 400,
  unsupported_http_version: 505,
  method_not_forwarded: 501,
  header_timeout: 408,
  body_timeout: 408,
  body_too_large: 413,
  uri_too_long: 414,
  headers_too_large: 431,
  expectation_failed: 417,
  connection_limit: 503,
  client_closed: 499,
};

/** The core as a contract case wants it; remembers refusals and outcomes. */
export class FakeHandler implements ExchangeHandler {
  readonly requests: ExchangeRequest[] = [];
  readonly refusals: Refusal[] = [];
  readonly outcomes: ExchangeOutcome[] = [];
  readonly #answer: Answerer;

  constructor(answer: Answerer) {
    this.#answer = answer;
  }

  handle(request: ExchangeRequest): ExchangeResponse | Promise<ExchangeResponse> {
    this.requests.push(request);
    const answer = this.#answer(request);
    return answer instanceof Promise ? answer.then((a) => this.#watched(a)) : this.#watched(answer);
  }

  refuse(refusal: Refusal): ExchangeResponse {
    this.refusals.push(refusal);
    const headers = ["content-type", "text/plain"];
    if (refusal.reason === "connection_limit") headers.push("retry-after", "1");
    const body = Buffer.from(refusal.reason);
    return this.#watched({ status: STATUS[refusal.reason] ?? 500, headers, body });
  }

  #watched(response: ExchangeResponse): ExchangeResponse {
    const { observer } = response;
    return {
      ...response,
      observer: {
        finished: (outcome) => {
          this.outcomes.push(outcome);
          observer?.finished(outcome);
        },
        ...(observer?.failed === undefined ? {} : { failed: observer.failed.bind(observer) }),
      },
    };
  }
}

/** Builds a 200 with a body at hand. */
export function text(body: string, headers: HeaderList = []): ExchangeResponse {
  return { status: 200, headers, body: Buffer.from(body, "latin1") };
}

/** A body made of chunks; a promise among them makes the reader wait, an error fails the body. */
export class FakeBody implements BodyStream {
  readonly length: number | undefined;
  consumed = false;
  cancelled = false;
  trailers: HeaderList = [];
  reads = 0;
  readonly #chunks: Iterator<string | Uint8Array | Error | Promise<string>>;

  constructor(
    chunks: Iterable<string | Uint8Array | Error | Promise<string>>,
    length: number | undefined = undefined,
  ) {
    this.#chunks = chunks[Symbol.iterator]();
    this.length = length;
  }

  read(): Uint8Array | null | Promise<Uint8Array | null> {
    this.consumed = true;
    this.reads++;
    const { value, done } = this.#chunks.next();
    if (done === true) return null;
    if (value instanceof Error) throw value;
    if (value instanceof Promise) return value.then((chunk) => Buffer.from(chunk, "latin1"));
    return typeof value === "string" ? Buffer.from(value, "latin1") : value;
  }

  cancel(): void {
    this.cancelled = true;
  }
}

/** A promise that a test settles when it is time. */
export function gate<T>(): {
  promise: Promise<T>;
  open: (value: T) => void;
  fail: (error: Error) => void;
} {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  return { promise, open: resolve, fail: reject };
}
