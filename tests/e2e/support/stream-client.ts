import type { Socket } from "bun";

const CHUNK = Buffer.alloc(64 * 1024, "x");

/** A raw client of one request that counts what comes, can stop reading, and sends as it is let. */
export class StreamClient implements Disposable {
  /** The answer's head, once complete. */
  head = "";
  /** Bytes of the answer's body. */
  received = 0;
  /** Bytes of the request's body. */
  sent = 0;
  closed = false;
  /** Stops reading for good once this many bytes of a body have come. */
  stopAt = Number.POSITIVE_INFINITY;
  #socket: Socket | null = null;
  #uploadLeft = 0;
  #early = "";

  static async connect(port: number): Promise<StreamClient> {
    const client = new StreamClient();
    client.#socket = await Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        data: (_, chunk) => client.#receive(chunk),
        drain: () => client.#send(),
        close: () => {
          client.closed = true;
        },
        error() {},
      },
    });
    return client;
  }

  /** Status of the answer; 0 before it is there. */
  get status(): number {
    return Number(/^HTTP\/1\.1 (\d+)/.exec(this.head)?.[1] ?? 0);
  }

  get(path: string): void {
    this.#socket?.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  }

  /** Sends a body of `bytes` with its length, as fast as it is taken. */
  upload(path: string, bytes: number): void {
    this.#socket?.write(
      `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${bytes}\r\n\r\n`,
    );
    this.#uploadLeft = bytes;
    this.#send();
  }

  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  [Symbol.dispose](): void {
    this.#socket?.terminate();
  }

  #receive(chunk: Buffer): void {
    this.#take(chunk);
    if (this.received >= this.stopAt) this.pause();
  }

  #take(chunk: Buffer): void {
    if (this.head !== "") {
      this.received += chunk.length;
      return;
    }
    this.#early += chunk.toString("latin1");
    const end = this.#early.indexOf("\r\n\r\n");
    if (end === -1) return;
    this.head = this.#early.slice(0, end + 2);
    this.received += this.#early.length - end - 4;
    this.#early = "";
  }

  #send(): void {
    while (this.#uploadLeft > 0) {
      const bytes = Math.min(CHUNK.length, this.#uploadLeft);
      const written = this.#socket?.write(CHUNK, 0, bytes) ?? 0;
      if (written <= 0) return;
      this.#uploadLeft -= written;
      this.sent += written;
    }
  }
}
