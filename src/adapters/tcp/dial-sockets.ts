import type { ByteStreamEvents } from "../../ports/byte-stream.ts";

/** A Bun socket whose owner receives its events. */
export type OwnedSocket = Bun.Socket<ByteStreamEvents>;

/** What owns a socket until it is handed over. */
export interface OpeningSocket extends ByteStreamEvents {
  opened(socket: OwnedSocket): void;
  /** The TLS handshake is over; `error` tells what is wrong with it or with the peer's certificate. */
  secured(socket: OwnedSocket, accepted: boolean, error: Error | null): void;
}

/** Owns sockets that were given up. */
const DEAF: ByteStreamEvents = {
  data: () => undefined,
  drain: () => undefined,
  ended: () => undefined,
  closed: () => undefined,
};

let open = 0;

/** Counts the dialled sockets of this thread that are open now. */
export function socketsOpen(): number {
  return open;
}

/** One set of handlers for all sockets: it forwards to whoever owns the socket now. */
export const DIALLED_SOCKET: Bun.SocketHandler<ByteStreamEvents> = {
  open(socket) {
    open += 1;
    if (isOpening(socket.data)) socket.data.opened(socket);
  },
  handshake(socket, accepted, error) {
    if (isOpening(socket.data)) socket.data.secured(socket, accepted, error);
  },
  data(socket, chunk) {
    socket.data.data(chunk);
  },
  drain(socket) {
    socket.data.drain();
  },
  end(socket) {
    socket.data.ended();
  },
  close(socket, error) {
    open -= 1;
    socket.data.closed(error);
  },
  /** A TLS alert, or a handler that threw: Bun would leave the socket open. */
  error(socket, error) {
    const owner = socket.data;
    discard(socket);
    owner.closed(error);
  },
  /** The promise of Bun.connect tells the same; without this it would tell it twice. */
  connectError() {},
};

/** Closes a socket at once; nobody hears of it. */
export function discard(socket: OwnedSocket): void {
  socket.data = DEAF;
  socket.terminate();
}

function isOpening(owner: ByteStreamEvents): owner is OpeningSocket {
  return "opened" in owner;
}
