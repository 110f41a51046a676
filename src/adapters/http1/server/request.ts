import type {
  AbortListener,
  Body,
  ConnectionFacts,
  ExchangeRequest,
  HeaderList,
  Protocol,
} from "../../../ports/exchange.ts";
import type { RequestHead } from "../codec/message.ts";

/** Where interim answers go. */
export interface InterimSink {
  inform(request: ExchangeRequest, status: number, headers: HeaderList): void;
}

/** Where a request came from. */
export interface RequestOrigin {
  readonly connection: ConnectionFacts;
  readonly scheme: "http" | "https";
  readonly startedAt: number;
}

/** One request of an HTTP/1 connection. */
export class Http1Request implements ExchangeRequest {
  readonly method: string;
  readonly target: string;
  readonly pathAndQuery: string;
  readonly scheme: "http" | "https";
  readonly authority: string;
  readonly protocol: Protocol;
  readonly headers: HeaderList;
  readonly body: Body;
  readonly connection: ConnectionFacts;
  readonly startedAt: number;
  aborted = false;
  abortListener: AbortListener | null = null;
  readonly #sink: InterimSink;

  constructor(head: RequestHead, body: Body, origin: RequestOrigin, sink: InterimSink) {
    this.method = head.method;
    this.target = head.target;
    this.pathAndQuery = head.pathAndQuery;
    this.scheme = origin.scheme;
    this.authority = head.authority;
    this.protocol = head.minorVersion === 0 ? "HTTP/1.0" : "HTTP/1.1";
    this.headers = head.headers;
    this.body = body;
    this.connection = origin.connection;
    this.startedAt = origin.startedAt;
    this.#sink = sink;
  }

  inform(status: number, headers: HeaderList): void {
    this.#sink.inform(this, status, headers);
  }
}
