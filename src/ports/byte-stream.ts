/**
 * A connected, ordered byte stream: a TCP, TLS or unix socket. Bun's own sockets satisfy it as they
 * are, so that the hot path crosses no wrapper.
 */
export interface ByteStream {
  /**
   * Hands bytes to the kernel. Returns how many it took (0 when it is full: wait for `drain`), or
   * -1 when the stream can no longer be written. Nothing is buffered here: the rest is the caller's.
   */
  write(bytes: Uint8Array): number;
  /** Stops `data` (and the notice of a half-close) until `resume`. */
  pause(): void;
  resume(): void;
  /** Closes our direction; the peer may still send. */
  shutdown(): void;
  /** Closes both directions in order; `closed` is called before it returns. */
  end(): void;
  /** Closes at once with a reset. */
  terminate(): void;
  readonly remoteAddress: string;
  readonly localPort: number;
}

/** What happens on a stream, in order: any number of `data` and `drain`, at most one `ended`, one `closed`. */
export interface ByteStreamEvents {
  /** Bytes came; the chunk is fresh and may be kept. */
  data(chunk: Uint8Array): void;
  /** There is room to write again; may come without need. */
  drain(): void;
  /** The peer closed its direction; ours is still open. */
  ended(): void;
  /** The stream is gone; `error` where it was reset. */
  closed(error: Error | undefined): void;
}
