import type {
  ConnectionFacts,
  ExchangeOutcome,
  ExchangeRequest,
  ExchangeResponse,
  ResponseObserver,
} from "../ports/exchange.ts";
import type { FailureReason } from "../ports/failure.ts";
import type { ExchangeContext } from "./context.ts";
import { errorResponse, failureReason } from "./errors.ts";
import type { ClientFacts } from "./headers/client.ts";
import type { NormalisedTarget } from "./routing/path.ts";

/** Told of what every exchange comes to, refused ones too. */
export interface ExchangeRecorder {
  /** A handler failed; called before the answer is built. */
  failed(exchange: ExchangeContext, error: unknown): void;
  /** The answer has left, or can no longer do so. */
  finished(exchange: ExchangeContext, outcome: ExchangeOutcome): void;
}

/** One exchange while it runs: what dispatch found out, and what the handlers add to it. */
export class Exchange implements ExchangeContext, ResponseObserver {
  readonly request: ExchangeRequest;
  readonly clientIp: string;
  readonly peerTrusted: boolean;
  readonly scheme: "http" | "https";
  readonly host: string;
  readonly requestId: string;
  readonly path: string;
  readonly query: string;
  readonly wallTime: number;
  route = "";
  upstream = "";
  failure: FailureReason | null = null;
  retries = 0;
  connectMs = 0;
  firstByteMs = 0;
  traceId: string;
  readonly #recorder: ExchangeRecorder;

  constructor(
    request: ExchangeRequest,
    client: ClientFacts,
    target: NormalisedTarget,
    { wallTime, recorder }: { readonly wallTime: number; readonly recorder: ExchangeRecorder },
  ) {
    this.request = request;
    this.clientIp = client.clientIp;
    this.peerTrusted = client.peerTrusted;
    this.scheme = client.scheme;
    this.host = client.host;
    this.requestId = client.requestId;
    this.traceId = client.traceId;
    this.path = target.path;
    this.query = target.query;
    this.wallTime = wallTime;
    this.#recorder = recorder;
  }

  get connection(): ConnectionFacts {
    return this.request.connection;
  }

  /** Makes this exchange the one that is told how the answer ended. */
  observe(response: ExchangeResponse): ExchangeResponse {
    response.observer = this;
    return response;
  }

  fail(error: unknown): ExchangeResponse {
    this.#recorder.failed(this, error);
    return this.refuse(failureReason(error));
  }

  /** Answers with Prox's own words, and notes why; for what is no fault worth a line in the log. */
  refuse(reason: FailureReason): ExchangeResponse {
    this.failure = reason;
    return errorResponse(reason, this.requestId, this.request.headers);
  }

  failed(error: unknown): ExchangeResponse {
    return this.observe(this.fail(error));
  }

  finished(outcome: ExchangeOutcome): void {
    if (outcome.failure !== undefined) this.failure ??= outcome.failure;
    this.#recorder.finished(this, outcome);
  }
}
