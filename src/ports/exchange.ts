import type { FailureReason } from "./failure.ts";

/**
 * Header fields in wire order, flat: name, value, name, value. Names are lower case, values are
 * Latin-1 strings without leading and trailing white space; repeats stay apart.
 * `utils/header-list.ts` reads and edits them.
 */
export type HeaderList = string[];

/** HTTP version of a message as the access log names it. */
export type Protocol = "HTTP/1.0" | "HTTP/1.1" | "HTTP/2" | "HTTP/3";

/**
 * A body that is pulled chunk by chunk. Whoever holds it either reads it to its end or cancels it.
 * A source that is not read stops reading its socket, so memory is bounded by construction.
 */
export interface BodyStream {
  /** Exact number of bytes, where the framing tells it in advance; undefined otherwise. */
  readonly length: number | undefined;
  /** Whether `read` has ever been called: such a body can not be sent a second time. */
  readonly consumed: boolean;
  /**
   * Takes the next chunk: at once where one is at hand, else as a promise. `null` is the end.
   * Chunks are never empty and may be kept. One read at a time.
   * @throws ProxError (or rejects) when the body ends before its length or its framing is broken.
   */
  read(): Uint8Array | null | Promise<Uint8Array | null>;
  /** Fields that followed the body; only complete after the end, empty where there are none. */
  readonly trailers: HeaderList;
  /**
   * Tells that a chunk is done with, and that nobody else holds it: its memory may be used again at
   * once, instead of when the collector finds it. Never needed, and not every source makes use of it.
   */
  release?(chunk: Uint8Array): void;
  /** Gives the rest up: its source stops and is released. Harmless after the end, and twice. */
  cancel(): void;
}

/** A body at hand, one to be pulled, or none. An empty body is `null` or zero bytes. */
export type Body = Uint8Array | BodyStream | null;

/** What is known of the connection that carries an exchange. */
export interface ConnectionFacts {
  /** IP address of the peer, IPv4-mapped IPv6 unwrapped; empty on a unix socket. */
  readonly remoteAddress: string;
  /** Local port that accepted the connection; 0 on a unix socket. */
  readonly localPort: number;
  /** TLS facts, absent on a clear connection. */
  readonly tls?: TlsFacts;
}

/** What is known of the TLS session of a connection. */
export interface TlsFacts {
  /** `TLSv1.2` or `TLSv1.3`. */
  readonly version: string;
  /** Name that the client asked for, lower case; empty where it sent none. */
  readonly serverName: string;
}

/** Told once when the client went away before its answer was complete. */
export interface AbortListener {
  aborted(): void;
}

/** One request as an engine hands it to the core. */
export interface ExchangeRequest {
  readonly method: string;
  /** Request target as the client sent it: `/path?query`, an absolute URL or `*`. */
  readonly target: string;
  /** Path and query of the target as they came (`/path?query`, or `*`): absolute form is taken apart here. */
  readonly pathAndQuery: string;
  readonly scheme: "http" | "https";
  /** Validated `host[:port]` in lower case; empty in HTTP/1.0 without Host. */
  readonly authority: string;
  readonly protocol: Protocol;
  /** All fields, framing and hop-by-hop ones included; `core/headers` strips them. */
  readonly headers: HeaderList;
  readonly body: Body;
  readonly connection: ConnectionFacts;
  /** Milliseconds on the monotonic clock when the first byte of the request was seen. */
  readonly startedAt: number;
  /** True once the client has gone; the answer then goes nowhere. */
  readonly aborted: boolean;
  /** Whoever waits on behalf of this request; one at a time, told at most once. */
  abortListener: AbortListener | null;
  /** Sends an interim (1xx, not 101) answer before the final one; dropped for HTTP/1.0 clients. */
  inform(status: number, headers: HeaderList): void;
}

/** How an exchange ended, for the access log and the metrics. */
export interface ExchangeOutcome {
  /** Status that reached the client, 499 where it left before one. */
  readonly status: number;
  /** Body bytes taken from the client. */
  readonly bytesIn: number;
  /** Body bytes handed to the client's socket. */
  readonly bytesOut: number;
  /** Why the answer broke off after its head was sent; absent where it is complete. */
  readonly failure?: FailureReason;
}

/** Told once, when the answer has left completely or can no longer do so. */
export interface ResponseObserver {
  finished(outcome: ExchangeOutcome): void;
  /**
   * Builds the answer in place of one whose body failed before any of it was sent; it is this same
   * observer that is told how that one ends. Where it is absent, or the engine cannot wait for the
   * first byte of a body, the exchange is refused or broken off.
   */
  failed?(error: unknown): ExchangeResponse;
}

/** One final answer as the core hands it to an engine. */
export interface ExchangeResponse {
  /** 200 to 599. */
  readonly status: number;
  /**
   * Fields to send, without framing and hop-by-hop ones: the engine adds Content-Length,
   * Transfer-Encoding, Connection and, where missing, Date. `content-length` is honoured in answers
   * that have no body by definition (HEAD, 304).
   */
  readonly headers: HeaderList;
  readonly body: Body;
  /** The connection is closed after this answer, whatever the client asked for. */
  readonly close?: boolean;
  /** Told how the exchange ended; set by the core for every answer that it hands over. */
  observer?: ResponseObserver | null;
}

/** A request that an engine refused before it could be handed over. */
export interface Refusal {
  readonly reason: FailureReason;
  readonly connection: ConnectionFacts;
  readonly scheme: "http" | "https";
  readonly startedAt: number;
  /** What could be read of the request, for the log; empty where nothing was. */
  readonly method: string;
  readonly target: string;
  readonly headers: HeaderList;
}

/** The core, as engines see it. */
export interface ExchangeHandler {
  /** Answers a request, at once where nothing waits. Never throws; a rejection is answered 500. */
  handle(request: ExchangeRequest): ExchangeResponse | Promise<ExchangeResponse>;
  /** Builds the answer to a request that the engine refuses; the connection is closed after it. */
  refuse(refusal: Refusal): ExchangeResponse;
}
