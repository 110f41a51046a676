import type { Server } from "bun";
import type {
  AbortListener,
  Body,
  ConnectionFacts,
  ExchangeRequest,
  HeaderList,
} from "../../ports/exchange.ts";
import { IncomingBody } from "./incoming-body.ts";

/** A request that Bun.serve understood, as the core sees it. */
export class ServeRequest implements ExchangeRequest {
  readonly method: string;
  readonly target: string;
  readonly scheme: "http" | "https";
  readonly authority: string;
  /** Bun.serve does not tell, and answers HTTP/1.0 clients by itself. */
  readonly protocol = "HTTP/1.1";
  readonly headers: HeaderList;
  readonly body: Body;
  readonly connection: ConnectionFacts;
  readonly startedAt: number;
  abortListener: AbortListener | null = null;
  aborted = false;
  readonly #body: IncomingBody | null;

  constructor(request: Request, server: Server<undefined>, startedAt: number) {
    this.method = request.method;
    this.startedAt = startedAt;
    this.headers = headerList(request.headers);
    this.authority = (request.headers.get("host") ?? "").toLowerCase();
    this.scheme = request.url.startsWith("https:") ? "https" : "http";
    this.target = pathAndQuery(request.url);
    this.connection = {
      remoteAddress: unmapped(server.requestIP(request)?.address ?? ""),
      localPort: server.port ?? 0,
    };
    this.#body =
      request.body === null
        ? null
        : new IncomingBody(request.body, declaredLength(request.headers), () =>
            // The runtime's own idle limit counts from the last answer, not from the last byte.
            server.timeout(request, BODY_IDLE_SECONDS),
          );
    this.body = this.#body;
    request.signal.addEventListener("abort", this, { once: true });
  }

  get pathAndQuery(): string {
    return this.target;
  }

  /** Body bytes taken so far. */
  get bytesIn(): number {
    return this.#body?.received ?? 0;
  }

  /** The abort event: the client has gone. */
  handleEvent(): void {
    this.aborted = true;
    this.abortListener?.aborted();
  }

  inform(): void {
    // Bun.serve has no interim answers.
  }
}

/** Longest silence of an upload, in seconds: the most that the runtime accepts. */
const BODY_IDLE_SECONDS = 255;

function headerList(headers: Headers): HeaderList {
  const list: HeaderList = [];
  headers.forEach((value, name) => {
    // The runtime has already said 100 to the client.
    if (name !== "expect") list.push(name, value);
  });
  return list;
}

function declaredLength(headers: Headers): number | undefined {
  const length = headers.get("content-length");
  return length === null ? undefined : Number(length);
}

/** The URL is `/path` where the Host field was no good, else absolute; a fragment is dropped. */
function pathAndQuery(url: string): string {
  const start = url.startsWith("/") ? 0 : url.indexOf("/", url.indexOf("://") + 3);
  const hash = url.indexOf("#", start);
  return hash === -1 ? url.slice(start) : url.slice(start, hash);
}

function unmapped(address: string): string {
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
}
