import type { AbortListener, Body, HeaderList } from "./exchange.ts";

/** Where an upstream listens. */
export interface UpstreamAddress {
  /** Stable identity, unique for address and TLS settings: pools are kept under it. */
  readonly id: string;
  readonly scheme: "http" | "https";
  /** Host name or IP literal (IPv6 without brackets); empty for a unix socket. */
  readonly hostname: string;
  readonly port: number;
  /** Path of a unix socket; it wins over hostname and port. */
  readonly socketPath?: string;
  /** Settings for https. */
  readonly tls?: UpstreamTls;
}

/** How a TLS connection to an upstream is made and checked. */
export interface UpstreamTls {
  /** PEM text of the authorities to trust instead of the built-in ones. */
  readonly ca?: string;
  /** PEM text of the client certificate and its key; both or none. */
  readonly cert?: string;
  readonly key?: string;
  /** Name for SNI and the certificate check; default: the hostname. */
  readonly serverName?: string;
  /** **Security:** accepts any certificate. Default false. */
  readonly insecureSkipVerify?: boolean;
}

/** Limits on waiting, in milliseconds; 0 = never. */
export interface UpstreamTimeouts {
  /** Resolving, connecting and the TLS handshake together. */
  readonly connect: number;
  /** From the request's last sent byte (or the last interim answer) to the first byte of the answer. */
  readonly responseHeader: number;
  /** No byte of the answer (or, while it is being sent, of the request) moved. */
  readonly idle: number;
}

/** One try of a request at one upstream. */
export interface UpstreamRequest {
  readonly method: string;
  /** Path and query exactly as they are to be sent. */
  readonly target: string;
  /** Fields in the order to send, Host included, without framing and hop-by-hop ones (the client adds them). */
  readonly headers: HeaderList;
  readonly body: Body;
  /** Hold the body back until the upstream says 100 (or one second has passed): RFC 9110, 10.1.1. */
  readonly expectContinue: boolean;
  readonly timeouts: UpstreamTimeouts;
  /** Receives interim (1xx) answers. */
  inform(status: number, headers: HeaderList): void;
  /** The try puts itself here while it works, so that a client that leaves ends it at once. */
  abortListener: AbortListener | null;
}

/** The answer's head, with its body still coming in. */
export interface UpstreamResponse {
  readonly status: number;
  /** All fields as they came, hop-by-hop ones included. */
  readonly headers: HeaderList;
  /** Cancelling it closes the connection; reading it to the end returns the connection to its pool. */
  readonly body: Body;
  /** Milliseconds spent in getting a connection: 0 for a pooled one. */
  readonly connectMs: number;
  /** Whether a pooled connection was used again. */
  readonly reused: boolean;
}

/** Connections to one upstream: pooled, bounded, queued. */
export interface UpstreamClient {
  /**
   * Sends one request; resolves when the answer's head is in.
   * Rejects with a ProxError (source `upstream`, or `downstream`/`client_closed` after an abort)
   * whose `requestSent` tells whether the request may have had an effect. It never retries.
   */
  send(request: UpstreamRequest): Promise<UpstreamResponse>;
  /** Closes idle connections now and busy ones when they finish; nothing can be sent afterwards. */
  close(): void;
}
