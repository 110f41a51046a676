import type { ConnectionFacts, ExchangeRequest, ExchangeResponse } from "../ports/exchange.ts";
import type { FailureReason } from "../ports/failure.ts";

/** What the core knows of one exchange while it runs; one object per exchange, made by dispatch. */
export interface ExchangeContext {
  readonly request: ExchangeRequest;
  readonly connection: ConnectionFacts;
  /** Address of the client as the trusted-proxy rules see it. */
  readonly clientIp: string;
  /** Whether the peer is a trusted proxy, so that its forwarded fields are believed. */
  readonly peerTrusted: boolean;
  /** Scheme as the client used it towards the outermost trusted proxy. */
  readonly scheme: "http" | "https";
  /** Host (with port) as the client named it; lower case. */
  readonly host: string;
  readonly requestId: string;
  /** Normalised path, used to match and to forward. */
  readonly path: string;
  /** Query with its `?`, byte for byte; empty where there is none. */
  readonly query: string;
  /** Key of the matched route; empty where none matched. */
  readonly route: string;
  /** URL of the upstream that was chosen last; empty where none was. */
  upstream: string;
  /** Why the exchange failed, where it did. */
  failure: FailureReason | null;
  retries: number;
  connectMs: number;
  firstByteMs: number;
  traceId: string;
  /** Unix milliseconds when the exchange began. */
  readonly wallTime: number;
  /** Turns anything thrown into Prox's own answer, and records it. */
  fail(error: unknown): ExchangeResponse;
}

/** Ends a pipeline: answers, at once where nothing waits. Throws or rejects with a ProxError. */
export type Handler = (context: ExchangeContext) => ExchangeResponse | Promise<ExchangeResponse>;

/** Wraps a handler; composed once, when a generation is built. */
export type Middleware = (next: Handler) => Handler;
