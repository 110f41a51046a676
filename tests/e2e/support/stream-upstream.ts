import type { Socket, TCPSocketListener } from "bun";

interface Exchange {
  head: string;
  /** Bytes of a request body that are still to come. */
  bodyLeft: number;
  /** Bytes of an answer that are still to go. */
  answerLeft: number;
}

const CHUNK = Buffer.alloc(64 * 1024, "x");

/**
 * An upstream that counts: `GET /bytes/N` gets N bytes as fast as they are taken (a range of them
 * where one is asked for), a POST is read and then answered, `GET /never` waits for `release`.
 */
export class StreamUpstream implements Disposable {
  sent = 0;
  received = 0;
  /** Connections open now. */
  connections = 0;
  readonly #server: TCPSocketListener<Exchange>;
  readonly #waiting = new Set<Socket<Exchange>>();
  readonly #open = new Set<Socket<Exchange>>();
  #reading = true;
  #released = false;

  constructor() {
    this.#server = Bun.listen<Exchange>({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        open: (socket) => {
          socket.data = { head: "", bodyLeft: 0, answerLeft: 0 };
          this.#open.add(socket);
          this.connections += 1;
          if (!this.#reading) socket.pause();
        },
        data: (socket, chunk) => this.#receive(socket, chunk),
        drain: (socket) => this.#send(socket),
        close: (socket) => {
          this.#open.delete(socket);
          this.#waiting.delete(socket);
          this.connections -= 1;
        },
      },
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.port}`;
  }

  /** Requests to `/never` that wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Answers what waits at `/never`, and whatever asks for it from now on. */
  release(): void {
    this.#released = true;
    for (const socket of this.#waiting) this.#answer(socket, 0);
    this.#waiting.clear();
  }

  pauseReading(): void {
    this.#reading = false;
    for (const socket of this.#open) socket.pause();
  }

  resumeReading(): void {
    this.#reading = true;
    for (const socket of this.#open) socket.resume();
  }

  [Symbol.dispose](): void {
    this.#server.stop(true);
  }

  #receive(socket: Socket<Exchange>, chunk: Buffer): void {
    const exchange = socket.data;
    if (exchange.bodyLeft > 0) {
      this.#takeBody(socket, chunk.length);
      return;
    }
    exchange.head += chunk.toString("latin1");
    const end = exchange.head.indexOf("\r\n\r\n");
    if (end === -1) return;
    const head = exchange.head.slice(0, end);
    const more = exchange.head.length - end - 4;
    exchange.head = "";
    this.#begin(socket, head);
    if (more > 0) this.#takeBody(socket, more);
  }

  #begin(socket: Socket<Exchange>, head: string): void {
    const size = Number(/^GET \/bytes\/(\d+)/.exec(head)?.[1] ?? -1);
    const range = /\r\nrange: bytes=(\d+)-(\d+)/i.exec(head);
    if (range !== null) {
      const [first, last] = [Number(range[1]), Number(range[2])];
      this.#answer(socket, last - first + 1, `bytes ${first}-${last}/${size}`);
    } else if (size >= 0) {
      this.#answer(socket, size);
    } else if (head.startsWith("GET /never") && !this.#released) {
      this.#waiting.add(socket);
    } else {
      socket.data.bodyLeft = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
      if (socket.data.bodyLeft === 0) this.#answer(socket, 0);
    }
  }

  #takeBody(socket: Socket<Exchange>, bytes: number): void {
    this.received += bytes;
    socket.data.bodyLeft -= bytes;
    if (socket.data.bodyLeft === 0) this.#answer(socket, 0);
  }

  #answer(socket: Socket<Exchange>, size: number, range?: string): void {
    const status =
      range === undefined ? "200 OK" : `206 Partial Content\r\nContent-Range: ${range}`;
    socket.write(`HTTP/1.1 ${status}\r\nContent-Length: ${size}\r\n\r\n`);
    socket.data.answerLeft = size;
    this.#send(socket);
  }

  #send(socket: Socket<Exchange>): void {
    const exchange = socket.data;
    while (exchange.answerLeft > 0) {
      const written = socket.write(CHUNK, 0, Math.min(CHUNK.length, exchange.answerLeft));
      if (written <= 0) return;
      exchange.answerLeft -= written;
      this.sent += written;
    }
  }
}
