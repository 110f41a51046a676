import type { Socket } from "bun";

/** One answer, as an independent reader takes it apart. */
export interface RawResponse {
  readonly statusLine: string;
  readonly status: number;
  /** Fields in wire order, names in lower case. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  readonly trailers: readonly (readonly [name: string, value: string])[];
  header(name: string): string | undefined;
}

/** A TCP client that sends and receives exactly the bytes that a test wants. Bytes are Latin-1 text. */
export class RawClient {
  /** All that came and was not taken yet. */
  buffered = "";
  /** Bytes that came in all. */
  received = 0;
  /** The peer has closed its direction. */
  ended = false;
  closed = false;
  /** The connection was reset. */
  reset = false;
  readonly #socket: Socket;
  readonly #patience: number;
  readonly #waiters = new Set<() => void>();
  #keep = true;

  /** Connects; every wait of the client gives up after `patience` milliseconds. */
  static async connect(port: number, patience = 5_000, hostname = "127.0.0.1"): Promise<RawClient> {
    let client: RawClient | null = null;
    const socket = await Bun.connect({
      hostname,
      port,
      allowHalfOpen: true,
      socket: {
        data: (_, chunk) => client?.onData(chunk),
        drain: () => client?.wake(),
        end: () => client?.onEnd(),
        close: (_, error) => client?.onClose(error),
        error: () => client?.wake(),
      },
    });
    client = new RawClient(socket, patience);
    return client;
  }

  constructor(socket: Socket, patience: number) {
    this.#socket = socket;
    this.#patience = patience;
  }

  onData(chunk: Buffer): void {
    this.received += chunk.length;
    if (this.#keep) this.buffered += chunk.toString("latin1");
    this.wake();
  }

  onEnd(): void {
    this.ended = true;
    this.wake();
  }

  onClose(error: Error | undefined): void {
    this.closed = true;
    this.ended = true;
    this.reset = error !== undefined;
    this.wake();
  }

  wake(): void {
    for (const waiter of [...this.#waiters]) waiter();
  }

  /** Counts what comes instead of keeping it. */
  countOnly(): void {
    this.#keep = false;
  }

  /** Sends all of it, however long the server takes to read it; stops where the connection ends. */
  async send(text: string | Uint8Array): Promise<void> {
    let rest: Uint8Array = typeof text === "string" ? Buffer.from(text, "latin1") : text;
    while (rest.length > 0 && !this.closed) {
      const taken = this.#socket.write(rest);
      if (taken < 0) return;
      rest = rest.subarray(taken);
      if (rest.length > 0) await this.#event();
    }
  }

  /** Sends what the kernel takes now and returns how much that was. */
  sendSome(bytes: Uint8Array): number {
    return this.#socket.write(bytes);
  }

  /** Closes our direction. */
  finish(): void {
    this.#socket.shutdown();
  }

  /** Cuts the connection with a reset. */
  cut(): void {
    this.#socket.terminate();
  }

  close(): void {
    this.#socket.end();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Waits until `holds` is true; checked whenever something happens, and now and then. */
  async until(holds: () => boolean, what: string): Promise<void> {
    const end = performance.now() + this.#patience;
    while (!holds()) {
      if (performance.now() > end) {
        throw new Error(
          `waited in vain for ${what}; have ${JSON.stringify(this.buffered.slice(0, 300))}`,
        );
      }
      await this.#event(10);
    }
  }

  /** Waits for the end of the server's direction and returns what came before. */
  async end(): Promise<string> {
    await this.until(() => this.ended, "the end of the connection");
    return this.buffered;
  }

  /** Takes `text` from the front of what comes. */
  async expectText(text: string): Promise<void> {
    await this.until(() => this.buffered.length >= text.length || this.ended, JSON.stringify(text));
    if (!this.buffered.startsWith(text)) {
      throw new Error(`expected ${JSON.stringify(text)}, got ${JSON.stringify(this.buffered)}`);
    }
    this.buffered = this.buffered.slice(text.length);
  }

  /** Takes the next answer, interim ones too. `method` decides whether it can have a body. */
  async response(method = "GET"): Promise<RawResponse> {
    const head = await this.#takeUntil("\r\n\r\n");
    const [statusLine = "", ...lines] = head.slice(0, -4).split("\r\n");
    const headers = lines.map(field);
    const header = (name: string): string | undefined => headers.find(([n]) => n === name)?.[1];
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1]);
    if (Number.isNaN(status)) throw new Error(`bad status line ${JSON.stringify(statusLine)}`);
    const bare = method === "HEAD" || status < 200 || status === 204 || status === 304;
    const rest = bare ? { body: "", trailers: [] } : await this.#body(header);
    return { statusLine, status, headers, header, ...rest };
  }

  async #body(
    header: (name: string) => string | undefined,
  ): Promise<{ body: string; trailers: [string, string][] }> {
    if (header("transfer-encoding") === "chunked") return this.#chunked();
    const length = header("content-length");
    if (length === undefined) {
      await this.until(() => this.ended, "the end of the body");
      return { body: this.#take(this.buffered.length), trailers: [] };
    }
    return { body: await this.#takeBytes(Number(length)), trailers: [] };
  }

  async #chunked(): Promise<{ body: string; trailers: [string, string][] }> {
    let body = "";
    for (;;) {
      const size = Number.parseInt(await this.#takeUntil("\r\n"), 16);
      if (Number.isNaN(size)) throw new Error("bad chunk size");
      if (size === 0) break;
      body += await this.#takeBytes(size);
      await this.expectText("\r\n");
    }
    const trailers: [string, string][] = [];
    for (;;) {
      const line = await this.#takeUntil("\r\n");
      if (line === "\r\n") return { body, trailers };
      trailers.push(field(line.slice(0, -2)));
    }
  }

  async #takeUntil(mark: string): Promise<string> {
    await this.until(() => this.buffered.includes(mark) || this.ended, JSON.stringify(mark));
    const at = this.buffered.indexOf(mark);
    if (at < 0) throw new Error(`connection ended, have ${JSON.stringify(this.buffered)}`);
    return this.#take(at + mark.length);
  }

  async #takeBytes(count: number): Promise<string> {
    await this.until(() => this.buffered.length >= count || this.ended, `${count} bytes`);
    if (this.buffered.length < count) {
      throw new Error(`connection ended ${count - this.buffered.length} bytes short`);
    }
    return this.#take(count);
  }

  #take(count: number): string {
    const taken = this.buffered.slice(0, count);
    this.buffered = this.buffered.slice(count);
    return taken;
  }

  #event(milliseconds = this.#patience): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiters.delete(done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      this.#waiters.add(done);
    });
  }
}

function field(line: string): [string, string] {
  const colon = line.indexOf(":");
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}
