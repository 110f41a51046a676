import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { ServeEngineLoss } from "../../../src/config/serve-engine-losses.ts";
import { Prox, shared } from "../scene.ts";
import { Upstream } from "../upstream.ts";
import { exchanges, type GeneratedExchange } from "./exchanges.ts";
import { blinded, type Message, requestMessage, responseMessage } from "./message.ts";

/** What is overlooked when both engines carry the same exchange; everything else must be equal. */
const OVERLOOKED: readonly ServeEngineLoss[] = [
  "Content-Length of streamed bodies",
  "field order and repeats",
];
/** The framing of requests is kept by both. */
const OVERLOOKED_UPSTREAM: readonly ServeEngineLoss[] = ["field order and repeats"];

/** Not `bytes_in`: "bytes in the access log". */
const LOGGED = "method host path query route status reason bytes_out protocol".split(" ");

/** One engine in front of an upstream of its own. */
class Side implements AsyncDisposable {
  answer = "";
  readonly #upstream = new Upstream(() => this.answer);
  readonly #prox: Prox;

  constructor(engine: "wire" | "serve", closedPort: number) {
    this.#prox = new Prox(
      [
        `protocols: {http1_engine: ${engine}}`,
        "routes:",
        `  /p: {type: proxy, target: '${this.#upstream.url}'}`,
        `  /small: {type: proxy, target: '${this.#upstream.url}', limits: {max_request_body: 5}}`,
        `  /gone: {type: proxy, target: 'http://127.0.0.1:${closedPort}'}`,
      ].join("\n"),
    );
  }

  async carries({ method, request, answer }: GeneratedExchange): Promise<Carried> {
    this.answer = answer;
    const { requests } = this.#upstream;
    const seen = requests.length;
    const entries = this.#prox.accessLog.lines.length;
    const response = await this.#prox.answers(request, method);
    const entry = await this.#prox.logged(entries);
    return {
      client: responseMessage(response),
      upstream: requests.slice(seen).map(requestMessage),
      log: Object.fromEntries(LOGGED.map((key) => [key, entry[key]])),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#prox[Symbol.asyncDispose]();
    this.#upstream[Symbol.dispose]();
  }
}

interface Carried {
  readonly client: Message;
  readonly upstream: readonly Message[];
  readonly log: Readonly<Record<string, unknown>>;
}

function closedPort(): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = listener;
  listener.stop(true);
  return port;
}

describe("both engines", () => {
  const refusing = closedPort();
  const wire = shared(new Side("wire", refusing));
  const serve = shared(new Side("serve", refusing));

  test("carry the same exchange alike, but for what is named", async () => {
    await fc.assert(
      fc.asyncProperty(exchanges, async (exchange) => {
        const [a, b] = await Promise.all([wire.carries(exchange), serve.carries(exchange)]);
        expect(comparable(b)).toEqual(comparable(a));
      }),
      { numRuns: 200 },
    );
  }, 30_000);
});

function comparable({ client, upstream, log }: Carried): unknown {
  return {
    client: blinded(client, OVERLOOKED),
    upstream: upstream.map((message) => blinded(message, OVERLOOKED_UPSTREAM)),
    log,
  };
}
