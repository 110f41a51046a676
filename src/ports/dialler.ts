import type { ByteStream, ByteStreamEvents } from "./byte-stream.ts";
import type { ProxError } from "./failure.ts";
import type { UpstreamAddress } from "./upstream-client.ts";

/** Waits for a stream; told once, never from inside `dial`, and not at all after `cancel`. */
export interface DialWaiter {
  /** The stream is ready, for https after the handshake; what is returned receives its events. */
  connected(stream: ByteStream): ByteStreamEvents;
  /**
   * There is no stream: `upstream_resolve_failed`, `upstream_connect_refused`,
   * `upstream_connect_failed`, `upstream_connect_timeout` or `upstream_tls_failed`, with a cause
   * fit for the log.
   */
  failed(error: ProxError): void;
}

/** A connection that is being made. */
export interface PendingDial {
  /** Gives it up: a stream that still opens is closed at once. Harmless when it is over. */
  cancel(): void;
}

/** Opens streams to upstreams: finds their addresses, tries them in turn, makes the TLS handshake. */
export interface Dialler {
  /** Starts to connect. There is no deadline here: the caller cancels. */
  dial(address: UpstreamAddress, waiter: DialWaiter): PendingDial;
}
