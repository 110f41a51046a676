import type { Server } from "bun";
import type {
  AbortListener,
  Body,
  ConnectionFacts,
  ExchangeRequest,
  HeaderList,
  Protocol,
} from "../../ports/exchange.ts";
import { headerValue, listTokens } from "../../utils/header-list.ts";
import { IncomingBody } from "./incoming-body.ts";
import type { ServeShared } from "./shared.ts";

/** A request that Bun.serve understood, as the core sees it. */
export class ServeRequest implements ExchangeRequest {
  readonly method: string;
  readonly target: string;
  readonly scheme: "http" | "https";
  readonly authority: string;
  /** Only a request without Host gives HTTP/1.0 away: the runtime tells no version. */
  readonly protocol: Protocol;
  readonly headers: HeaderList;
  readonly body: Body;
  readonly connection: ConnectionFacts;
  readonly startedAt: number;
  abortListener: AbortListener | null = null;
  aborted = false;
  readonly #incoming: IncomingBody | null;

  constructor(shared: ServeShared, raw: Request, server: Server<undefined>) {
    this.method = raw.method;
    this.startedAt = shared.clock.now();
    this.headers = headerList(raw.headers);
    const host = headerValue(this.headers, "host");
    this.protocol = host === undefined ? "HTTP/1.0" : "HTTP/1.1";
    this.authority = host === undefined ? "" : host.toLowerCase();
    this.scheme = raw.url.startsWith("https:") ? "https" : "http";
    this.target = pathAndQuery(raw.url);
    this.connection = {
      remoteAddress: unmapped(server.requestIP(raw)?.address ?? ""),
      localPort: server.port ?? 0,
    };
    this.#incoming =
      raw.body === null ? null : new IncomingBody(shared, raw.body, declaredLength(this.headers));
    this.body = this.#incoming;
  }

  get pathAndQuery(): string {
    return this.target;
  }

  /** Body bytes taken so far. */
  get bytesIn(): number {
    return this.#incoming?.received ?? 0;
  }

  /** Bytes of the body may still be on their way, and nobody will take them. */
  get uploading(): boolean {
    return this.#incoming !== null && !this.#incoming.complete;
  }

  /** The connection ends with the answer: the client asked for it, or speaks HTTP/1.0. */
  get closes(): boolean {
    if (this.protocol === "HTTP/1.0") return true;
    const options = headerValue(this.headers, "connection");
    return options !== undefined && listTokens(options).includes("close");
  }

  /** The body broke off on the client's side: nothing more of it comes. */
  get bodyStalled(): boolean {
    return this.#incoming?.stalled ?? false;
  }

  /** The client has gone: whoever works for it is told. */
  abort(): void {
    this.aborted = true;
    this.#incoming?.fail("client_closed");
    const listener = this.abortListener;
    this.abortListener = null;
    listener?.aborted();
  }

  inform(): void {
    // Bun.serve has no interim answers.
  }
}

function headerList(headers: Headers): HeaderList {
  const list: HeaderList = [];
  headers.forEach((value, name) => {
    list.push(name, value);
  });
  return list;
}

function declaredLength(headers: HeaderList): number | undefined {
  const length = headerValue(headers, "content-length");
  return length === undefined ? undefined : Number(length);
}

/** What follows the authority; the URL is but a path where the Host field was no good. */
function pathAndQuery(url: string): string {
  const authority = url.startsWith("/") ? 0 : url.indexOf("://") + 3;
  const start = url.indexOf("/", authority);
  return start === -1 ? "/" : url.slice(start);
}

function unmapped(address: string): string {
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
}
