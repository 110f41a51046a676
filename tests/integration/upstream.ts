import { until } from "./scene.ts";

/** One request as its bytes came: head with its blank line, body with its framing. */
export interface CapturedRequest {
  readonly head: string;
  readonly body: string;
  /** Method, target and version. */
  readonly line: string;
  /** Fields in order, names as they came. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** All values of a field. */
  values(name: string): string[];
}

/** Bytes to answer with; nothing where the test answers by hand, or not at all. */
type Answerer = (request: CapturedRequest, connection: UpstreamConnection) => string | undefined;

/** Where an upstream listens; by default on a free loopback port, in clear. */
interface UpstreamOptions {
  readonly unix?: string;
  readonly tls?: Bun.TLSOptions;
}

/** An upstream of plain sockets: takes requests apart by itself, answers with the bytes of the test. */
export class Upstream implements Disposable {
  readonly requests: CapturedRequest[] = [];
  readonly connections: UpstreamConnection[] = [];
  readonly #listener: Bun.SocketListener<UpstreamConnection>;

  constructor(answer: Answerer = () => ok("ok"), options: UpstreamOptions = {}) {
    const socket: Bun.SocketHandler<UpstreamConnection> = {
      open: (opened) => {
        opened.data = new UpstreamConnection(opened, this, answer);
        this.connections.push(opened.data);
      },
      data: ({ data }, chunk) => data.take(chunk.toString("latin1")),
      drain: ({ data }) => data.flush(),
      end: ({ data }) => data.close(),
      close: ({ data }) => {
        // Nothing was opened where the TLS handshake failed.
        if (data !== undefined) data.closed = true;
      },
    };
    const { unix, tls } = options;
    const common = { allowHalfOpen: true, socket, ...(tls === undefined ? {} : { tls }) };
    this.#listener =
      unix === undefined
        ? Bun.listen({ ...common, hostname: "127.0.0.1", port: 0 })
        : Bun.listen({ ...common, unix });
  }

  get port(): number {
    return "port" in this.#listener ? Number(this.#listener.port) : 0;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The nth request, once it is complete. */
  async request(index = 0): Promise<CapturedRequest> {
    await until(() => this.requests.length > index);
    const request = this.requests[index];
    if (request === undefined) throw new Error("unreachable");
    return request;
  }

  /** The nth connection, once it is there. */
  async connection(index = 0): Promise<UpstreamConnection> {
    await until(() => this.connections.length > index);
    const connection = this.connections[index];
    if (connection === undefined) throw new Error("unreachable");
    return connection;
  }

  [Symbol.dispose](): void {
    this.#listener.stop(true);
  }
}

/** One connection to an upstream. */
export class UpstreamConnection {
  /** All bytes that came. */
  received = "";
  closed = false;
  #unparsed = "";
  #unsent = Buffer.alloc(0);
  readonly #socket: Bun.Socket<UpstreamConnection>;
  readonly #upstream: Upstream;
  readonly #answer: Answerer;

  constructor(socket: Bun.Socket<UpstreamConnection>, upstream: Upstream, answer: Answerer) {
    this.#socket = socket;
    this.#upstream = upstream;
    this.#answer = answer;
  }

  take(text: string): void {
    this.received += text;
    this.#unparsed += text;
    for (let end = endOfRequest(this.#unparsed); end > 0; end = endOfRequest(this.#unparsed)) {
      const request = capture(this.#unparsed.slice(0, end));
      this.#unparsed = this.#unparsed.slice(end);
      this.#upstream.requests.push(request);
      const answer = this.#answer(request, this);
      if (answer !== undefined) this.send(answer);
    }
  }

  /** Waits until the peer has sent a text. */
  async gets(text: string): Promise<void> {
    await until(() => this.received.includes(text) || this.closed);
    if (!this.received.includes(text)) throw new Error(`closed after ${this.received}`);
  }

  send(text: string): void {
    this.#unsent = Buffer.concat([this.#unsent, Buffer.from(text, "latin1")]);
    this.flush();
  }

  flush(): void {
    this.#unsent = this.#unsent.subarray(Math.max(0, this.#socket.write(this.#unsent)));
  }

  /** Closes in order. */
  close(): void {
    this.#socket.end();
  }

  reset(): void {
    this.#socket.terminate();
  }
}

/** An answer with a length. `lines` are field lines, each with its end of line. */
export function ok(body: string, lines = ""): string {
  return `HTTP/1.1 200 OK\r\n${lines}Content-Length: ${body.length}\r\n\r\n${body}`;
}

/** An answer whose body is the request as it came. */
export const echo: Answerer = ({ head, body }) => ok(head + body);

/** End of the first request; 0 where it is not complete. Naive on purpose: Prox's framing is exact. */
function endOfRequest(text: string): number {
  const head = text.indexOf("\r\n\r\n") + 4;
  if (head < 4) return 0;
  const fields = text.slice(0, head);
  if (/\r\ntransfer-encoding: chunked\r\n/i.test(fields)) {
    const end = /(?:^|\r\n)0\r\n(?:[^\r\n]+\r\n)*\r\n/.exec(text.slice(head));
    return end === null ? 0 : head + end.index + end[0].length;
  }
  const length = Number(/\r\ncontent-length: (\d+)\r\n/i.exec(fields)?.[1] ?? 0);
  return text.length < head + length ? 0 : head + length;
}

function capture(text: string): CapturedRequest {
  const end = text.indexOf("\r\n\r\n") + 4;
  const [line = "", ...lines] = text.slice(0, end - 4).split("\r\n");
  const fields = lines.map((field): [string, string] => {
    const colon = field.indexOf(":");
    return [field.slice(0, colon), field.slice(colon + 1).trim()];
  });
  const values = (name: string): string[] =>
    fields.filter(([n]) => n.toLowerCase() === name).map(([, value]) => value);
  return { head: text.slice(0, end), body: text.slice(end), line, fields, values };
}
