import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Http1Server } from "../../../../src/adapters/http1/server/http1-server.ts";
import type { ByteStream, ByteStreamEvents } from "../../../../src/ports/byte-stream.ts";
import type { Clock } from "../../../../src/ports/clock.ts";
import type {
  ExchangeOutcome,
  ExchangeRequest,
  ExchangeResponse,
  ResponseObserver,
} from "../../../../src/ports/exchange.ts";
import { FakeBody, FakeHandler, gate, text } from "../../../support/fake-handler.ts";
import { readText } from "../../../support/read-body.ts";

/** A client's socket as the server sees it, without a kernel. */
class FakeSocket implements ByteStream {
  readonly remoteAddress = "192.0.2.1";
  readonly localPort = 80;
  events: ByteStreamEvents | null = null;
  sent = "";
  writes = 0;
  pauses = 0;
  room = Number.POSITIVE_INFINITY;
  finished = false;
  closed = false;

  write(bytes: Uint8Array): number {
    if (this.finished || this.closed) return -1;
    this.writes++;
    const taken = Math.min(this.room, bytes.length);
    this.room -= taken;
    this.sent += Buffer.from(bytes.subarray(0, taken)).toString("latin1");
    return taken;
  }

  pause(): void {
    this.pauses++;
  }

  resume(): void {}

  shutdown(): void {
    this.finished = true;
  }

  end(): void {
    this.#close();
  }

  terminate(): void {
    this.#close();
  }

  #close(): void {
    if (this.closed) return;
    this.closed = true;
    this.events?.closed(undefined);
  }
}

/** Time that a test turns. */
class FakeClock implements Clock {
  time = 1_000;
  tick: () => void = () => {};
  now = (): number => this.time;
  wallTime = (): number => 1_000_000_000_000 + this.time;
  every = (_: number, tick: () => void): (() => void) => {
    this.tick = tick;
    return () => {};
  };

  pass(milliseconds: number): void {
    this.time += milliseconds;
    this.tick();
  }
}

type Answer = (request: ExchangeRequest) => ExchangeResponse | Promise<ExchangeResponse>;

function connect(answer: Answer) {
  const handler = new FakeHandler(answer);
  const clock = new FakeClock();
  const logged: string[] = [];
  const server = new Http1Server({
    handler,
    clock,
    log: { log: (_, message) => logged.push(message) },
    scheme: "https",
    limits: { maxUriBytes: 1024, maxHeaderBytes: 4096, maxHeaderCount: 50 },
    timeouts: { requestHeader: 1000, requestBody: 2000, idle: 3000, keepAlive: 4000, linger: 500 },
  });
  const socket = new FakeSocket();
  const facts = { remoteAddress: socket.remoteAddress, localPort: 80 };
  const events = server.accept(socket, facts);
  socket.events = events;
  const receive = (bytes: string): void => events.data(Buffer.from(bytes, "latin1"));
  return { handler, clock, logged, server, socket, events, receive };
}

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const POST = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n";

function bodies(sent: string): string[] {
  return [...sent.matchAll(/\r\n\r\n(.*?)(?=HTTP\/1\.1 |$)/gs)].map((match) => match[1] ?? "");
}

describe("Http1Connection", () => {
  test("answers a small request with one write, before `data` returns, without pausing", () => {
    const { socket, receive, handler } = connect(() => text("hello"));
    receive(GET);
    expect(socket.writes).toBe(1);
    expect(bodies(socket.sent)).toEqual(["hello"]);
    expect(socket.pauses).toBe(0);
    expect(handler.outcomes).toEqual([{ status: 200, bytesIn: 0, bytesOut: 5 }]);
    expect(handler.requests[0]?.scheme).toBe("https");
  });

  test("hands a body that came with its head over as bytes", () => {
    const { receive, handler } = connect(() => text(""));
    receive(`${POST}0123456789`);
    expect(handler.requests[0]?.body).toEqual(Buffer.from("0123456789"));
    expect(handler.outcomes[0]?.bytesIn).toBe(10);
  });

  test("sends the head of a streamed body with its first chunk", () => {
    const { socket, receive } = connect(() => ({
      status: 200,
      headers: [],
      body: new FakeBody(["a", "b", "c"]),
    }));
    receive(GET);
    expect(socket.writes).toBe(1);
    expect(socket.sent).toEndWith("\r\n\r\n1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n");
  });

  test("gives the same answers however the input is split", async () => {
    const input = `${GET}${POST}0123456789${POST.replace("Content-Length: 10", "Transfer-Encoding: chunked")}3\r\nabc\r\n2;x\r\nde\r\n0\r\nt: 1\r\n\r\n\r\n${GET}`;
    const expected = ["", "0123456789", "abcde", ""];
    const splits = fc.array(fc.nat(input.length), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(splits, fc.boolean(), async (cuts, waits) => {
        const { socket, receive, handler } = connect(async (request) =>
          text(await readText(request.body)),
        );
        const at = [0, ...cuts.sort((a, b) => a - b), input.length];
        for (let i = 1; i < at.length; i++) {
          const piece = input.slice(at[i - 1], at[i]);
          if (piece !== "") receive(piece);
          if (waits) await Bun.sleep(0);
        }
        while (handler.outcomes.length < 4) await Bun.sleep(0);
        expect(bodies(socket.sent)).toEqual(expected);
      }),
      { numRuns: 150 },
    );
  });

  test("waits for room before it pulls more, and reports all bytes", () => {
    const body = new FakeBody([new Uint8Array(100_000), new Uint8Array(100_000), "end"], 200_003);
    const { socket, events, receive, handler } = connect(() => ({
      status: 200,
      headers: [],
      body,
    }));
    socket.room = 50_000;
    receive(GET);
    expect(body.reads).toBe(1);
    events.drain();
    expect(body.reads).toBe(1);
    socket.room = 75_000;
    events.drain();
    expect(body.reads).toBe(2);
    socket.room = Number.POSITIVE_INFINITY;
    events.drain();
    expect(handler.outcomes).toEqual([{ status: 200, bytesIn: 0, bytesOut: 200_003 }]);
  });

  test("answers with the failure's status when a body fails before its head has left", () => {
    const body = new FakeBody([new Error("disk")], 5);
    const { socket, receive, handler } = connect(() => ({ status: 200, headers: [], body }));
    receive(GET);
    expect(socket.sent).toStartWith("HTTP/1.1 500");
    expect(handler.outcomes).toEqual([
      { status: 500, bytesIn: 0, bytesOut: 0, failure: "internal_error" },
      { status: 500, bytesIn: 0, bytesOut: "internal_error".length },
    ]);
  });

  test("lets its observer answer instead, where a body fails before its head has left", () => {
    const outcomes: ExchangeOutcome[] = [];
    const errors: unknown[] = [];
    const observer: ResponseObserver = {
      finished: (outcome) => outcomes.push(outcome),
      failed(error) {
        errors.push(error);
        return { ...text("sorry"), status: 502, observer };
      },
    };
    const body = new FakeBody([new Error("disk")], 5);
    const { socket, receive, handler } = connect(() => ({ ...text(""), body, observer }));
    receive(GET);
    expect(socket.sent).toStartWith("HTTP/1.1 502");
    expect(socket.sent).toContain("connection: close");
    expect(errors).toEqual([new Error("disk")]);
    expect(outcomes).toEqual([{ status: 502, bytesIn: 0, bytesOut: 5 }]);
    expect(handler.refusals).toEqual([]);
  });

  test("pauses when an unread upload grows, and resumes when it is read", async () => {
    const start = gate<void>();
    const { socket, receive, handler } = connect(async (request) => {
      await start.promise;
      return text(String((await readText(request.body)).length));
    });
    receive(POST.replace("10", "200000"));
    receive("x".repeat(60_000));
    expect(socket.pauses).toBe(0);
    receive("x".repeat(60_000));
    expect(socket.pauses).toBe(1);
    start.open();
    await Bun.sleep(0);
    receive("x".repeat(80_000));
    while (handler.outcomes.length === 0) await Bun.sleep(0);
    expect(bodies(socket.sent)).toEqual(["200000"]);
    expect(socket.pauses).toBe(1);
  });

  test("rejects the reader of an upload that its answer made useless", async () => {
    const rejected: unknown[] = [];
    const { socket, receive } = connect((request) => {
      readText(request.body).catch((error: unknown) => rejected.push(error));
      return { ...text("no"), status: 403, close: true };
    });
    receive(POST);
    await Bun.sleep(0);
    expect(socket.finished).toBe(true);
    expect(rejected).toHaveLength(1);
  });

  test("survives observers and abort listeners that throw", async () => {
    const never = gate<ExchangeResponse>();
    const { receive, events, server, logged } = connect((request) => {
      if (request.target === "/wait") {
        request.abortListener = {
          aborted() {
            throw new Error("boom");
          },
        };
        return never.promise;
      }
      return {
        ...text("ok"),
        observer: {
          finished() {
            throw new Error("boom");
          },
        },
      };
    });
    receive(`${GET}GET /wait HTTP/1.1\r\nHost: a\r\n\r\n`);
    events.closed(undefined);
    expect(server.connections).toBe(0);
    expect(logged).toEqual(["observer of an answer threw", "abort listener threw"]);
  });

  test("does not count the time of an answer as waiting", async () => {
    const later = gate<ExchangeResponse>();
    const { socket, clock, receive } = connect(() => later.promise);
    receive(GET);
    clock.pass(1_000_000);
    expect(socket.closed).toBe(false);
    later.open(text("late"));
    await Bun.sleep(0);
    expect(bodies(socket.sent)).toEqual(["late"]);
    clock.pass(3_999);
    expect(socket.closed).toBe(false);
    clock.pass(1);
    expect(socket.closed).toBe(true);
  });

  test("turns the date once a second", () => {
    const { socket, clock, receive } = connect(() => text(""));
    receive(GET);
    clock.pass(2_000);
    receive(GET);
    const dates = [...socket.sent.matchAll(/^date: (.*)\r$/gm)].map((m) => Date.parse(m[1] ?? ""));
    expect((dates[1] ?? 0) - (dates[0] ?? 0)).toBe(2_000);
  });

  test("a fresh connection is given a moment when the server drains", async () => {
    const { socket, server, receive, clock } = connect(() => text("still"));
    const drained = server.drain(new AbortController().signal);
    expect(socket.closed).toBe(false);
    receive(GET);
    expect(socket.sent).toContain("connection: close\r\n");
    expect(socket.finished).toBe(true);
    clock.pass(500);
    await drained;
    expect(socket.closed).toBe(true);
  });

  test("two drains both end", async () => {
    const { server } = connect(() => text(""));
    const patience = new AbortController();
    const both = [server.drain(patience.signal), server.drain(patience.signal)];
    patience.abort();
    await Promise.all(both);
    expect(server.connections).toBe(0);
  });
});
