import { expect, test } from "bun:test";
import type { FailureReason } from "../../../../src/ports/failure.ts";
import {
  drain,
  failure,
  HandBody,
  HandClock,
  type RawConnection,
  RawUpstream,
  request,
  stops,
  TestClient,
  until,
} from "./raw-upstream.ts";

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

test.each<[string, (connection: RawConnection) => void, FailureReason]>([
  ["closed without an answer", (c) => c.end(), "upstream_closed"],
  ["reset without an answer", (c) => c.reset(), "upstream_reset"],
  ["garbage", (c) => c.send("hello\r\n\r\n"), "upstream_malformed_response"],
  [
    "a 101 that nobody asked for",
    (c) => c.send("HTTP/1.1 101 Go\r\n\r\n"),
    "upstream_malformed_response",
  ],
  [
    "a broken chunk with the head",
    (c) => c.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n"),
    "upstream_malformed_response",
  ],
  [
    "half a head, then closed",
    (c) => {
      c.send("HTTP/1.1 200 OK\r\ncont");
      c.end();
    },
    "upstream_truncated",
  ],
])("%s fails the request", async (_name, answer, reason) => {
  using upstream = new RawUpstream();
  using client = new TestClient(upstream);
  const sending = failure(client.client.send(request("GET")));
  const connection = await upstream.connection();
  await connection.gets("\r\n\r\n");
  answer(connection);
  const error = await sending;
  expect([error.reason, error.source, error.requestSent, error.reused]).toEqual([
    reason,
    "upstream",
    true,
    false,
  ]);
  await connection.gone();
  await client.settles("0 0 0 0");
});

test("an unending head is refused at its limit", async () => {
  using upstream = new RawUpstream();
  using client = new TestClient(upstream, { maxHeaderBytes: 1000 });
  const sending = failure(client.client.send(request("GET")));
  const connection = await upstream.connection();
  await connection.gets("\r\n\r\n");
  connection.send(`HTTP/1.1 200 OK\r\n${"a: b\r\n".repeat(20_000)}`);
  expect((await sending).reason).toBe("upstream_malformed_response");
});

test("a connection closed right after the request came is told as used before", async () => {
  using upstream = new RawUpstream();
  using client = new TestClient(upstream);
  const first = client.client.send(request("GET"));
  const connection = await upstream.connection();
  await connection.gets("\r\n\r\n");
  connection.send(OK);
  await first;
  const second = failure(client.client.send(request("GET", { target: "/second" })));
  await connection.gets("/second");
  connection.end();
  const error = await second;
  expect([error.reason, error.requestSent, error.reused]).toEqual(["upstream_closed", true, true]);
});

test.each<[string, string, (connection: RawConnection) => void, FailureReason]>([
  ["length, closed", "content-length: 10", (c) => c.end(), "upstream_truncated"],
  ["length, reset", "content-length: 10", (c) => c.reset(), "upstream_reset"],
  ["chunked, closed", "transfer-encoding: chunked", (c) => c.end(), "upstream_truncated"],
  ["until close, reset", "x-a: b", (c) => c.reset(), "upstream_reset"],
  [
    "broken chunk",
    "transfer-encoding: chunked",
    (c) => c.send("\r\nzz\r\n"),
    "upstream_malformed_response",
  ],
])(
  "a body that breaks off (%s) gives what came and then fails",
  async (_name, field, end, reason) => {
    using upstream = new RawUpstream();
    using client = new TestClient(upstream);
    const asked = request("GET");
    const sending = client.client.send(asked);
    const connection = await upstream.connection();
    await connection.gets("\r\n\r\n");
    const start = field.startsWith("transfer") ? "3\r\nabc" : "abc";
    connection.send(`HTTP/1.1 200 OK\r\n${field}\r\n\r\n${start}`);
    const { body } = await sending;
    if (body === null || body instanceof Uint8Array) throw new Error("expected a stream");
    expect(Buffer.from((await body.read()) ?? []).toString()).toBe("abc");
    const reading = failure(drain(body));
    end(connection);
    expect((await reading).reason).toBe(reason);
    expect(asked.abortListener).toBeNull();
    await client.settles("0 0 0 0");
  },
);

test("a body that broke off unread still gives what came before it fails", async () => {
  using upstream = new RawUpstream();
  using client = new TestClient(upstream);
  const sending = client.client.send(request("GET"));
  const connection = await upstream.connection();
  await connection.gets("\r\n\r\n");
  connection.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc");
  connection.end();
  const { body } = await sending;
  await client.settles("0 0 0 0");
  if (body === null || body instanceof Uint8Array) throw new Error("expected a stream");
  expect(Buffer.from((await body.read()) ?? []).toString()).toBe("abc");
  expect((await failure(drain(body))).reason).toBe("upstream_truncated");
});

test.each([
  ["extra bytes after the body", `${OK}HTTP/1.1 200 OK\r\n`],
  ["Connection: close", "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok"],
  ["HTTP/1.0", "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok"],
])("%s: the answer is good, the connection is not used again", async (_name, text) => {
  using upstream = new RawUpstream();
  using client = new TestClient(upstream);
  const sending = client.client.send(request("GET"));
  const connection = await upstream.connection();
  await connection.gets("\r\n\r\n");
  connection.send(text);
  expect((await drain((await sending).body)).toString()).toBe("ok");
  await connection.gone();
  expect(client.counts).toBe("0 0 0 0");
});

test.each<[string, (connection: RawConnection) => void]>([
  ["closes", (c) => c.end()],
  ["resets", (c) => c.reset()],
  ["speaks", (c) => c.send(OK)],
])("an idle connection whose peer %s leaves the pool at once", async (_name, act) => {
  using upstream = new RawUpstream();
  using client = new TestClient(upstream);
  const sending = client.client.send(request("GET"));
  const connection = await upstream.connection();
  await connection.gets("\r\n\r\n");
  connection.send(OK);
  await sending;
  expect(client.counts).toBe("1 0 0 0");
  act(connection);
  await client.settles("0 0 0 0");
});

test.each(["POST", "PATCH"])(
  "a %s never goes to a connection that the peer has closed",
  async (method) => {
    using upstream = new RawUpstream();
    using client = new TestClient(upstream);
    const first = client.client.send(request("GET"));
    const connection = await upstream.connection();
    await connection.gets("\r\n\r\n");
    connection.send(OK);
    await first;
    connection.end();
    // The FIN is in the kernel, but no event has told of it yet.
    const second = client.client.send(request(method, { body: Buffer.from("x") }));
    const fresh = await upstream.connection(1);
    await fresh.gets("\r\n\r\nx");
    fresh.send(OK);
    expect((await second).reused).toBe(false);
    expect(connection.received).not.toContain(method);
  },
);

test("no head in time: the try fails and the connection is closed", async () => {
  using upstream = new RawUpstream();
  const clock = new HandClock();
  using client = new TestClient(upstream, {}, { clock });
  const sending = failure(
    client.client.send(
      request("POST", { timeouts: { responseHeader: 60 }, body: Buffer.from("a") }),
    ),
  );
  const connection = await upstream.connection();
  await connection.gets("\r\n\r\na");
  clock.advance(60);
  const error = await sending;
  expect([error.reason, error.requestSent]).toEqual(["upstream_timeout_header", true]);
  await connection.gone();
  await client.settles("0 0 0 0");
});

test("an interim answer starts the wait for the head anew", async () => {
  using upstream = new RawUpstream();
  const clock = new HandClock();
  using client = new TestClient(upstream, {}, { clock });
  const asked = request("GET", { timeouts: { responseHeader: 400 } });
  const sending = client.client.send(asked);
  const connection = await upstream.connection();
  await connection.gets("\r\n\r\n");
  for (let i = 1; i <= 4; i++) {
    clock.advance(300);
    connection.send("HTTP/1.1 102 Processing\r\n\r\n");
    await until(() => asked.informed.length === i);
  }
  connection.send(OK);
  expect((await sending).status).toBe(200);
});

test("a body that stops coming fails its reader, but not while nobody reads", async () => {
  using upstream = new RawUpstream();
  const clock = new HandClock();
  using client = new TestClient(upstream, {}, { clock });
  const sending = client.client.send(request("GET", { timeouts: { idle: 60 } }));
  const connection = await upstream.connection();
  await connection.gets("\r\n\r\n");
  connection.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n");
  const { body } = await sending;
  clock.advance(1000);
  expect(client.counts).toBe("0 1 0 0");
  const reading = failure(drain(body));
  clock.advance(59);
  expect(client.counts).toBe("0 1 0 0");
  clock.advance(1);
  expect((await reading).reason).toBe("upstream_timeout_idle");
  await connection.gone();
  await client.settles("0 0 0 0");
});

test("an upload that the upstream does not read fails, and its body is given up", async () => {
  using upstream = new RawUpstream({ accepted: (c) => c.pause(), keep: false });
  const clock = new HandClock();
  using client = new TestClient(upstream, {}, { clock });
  const body = new HandBody();
  const chunk = new Uint8Array(1 << 20);
  for (let i = 0; i < 64; i++) body.push(chunk);
  const sending = failure(client.client.send(request("POST", { body, timeouts: { idle: 60 } })));
  await stops(() => body.reads);
  clock.advance(60);
  const error = await sending;
  expect(error.reason).toBe("upstream_timeout_idle");
  expect(body.reads).toBeLessThan(40);
  expect(body.cancelled).toBe(true);
  await client.settles("0 0 0 0");
});

test("a request body that fails takes the connection with it and tells why", async () => {
  using upstream = new RawUpstream();
  using client = new TestClient(upstream);
  const body = new HandBody(100);
  body.push("abc");
  const sending = failure(client.client.send(request("POST", { body })));
  const connection = await upstream.connection();
  await connection.gets("abc");
  body.push(new Error("broken"));
  const error = await sending;
  expect([error.reason, error.source]).toEqual(["internal_error", "internal"]);
  await connection.gone();
  await client.settles("0 0 0 0");
});

test.each([
  ["longer", 2],
  ["shorter", 10],
])("a request body %s than it said is never passed off as complete", async (_name, length) => {
  using upstream = new RawUpstream();
  using client = new TestClient(upstream);
  const body = new HandBody(length);
  body.push("abc");
  body.push(null);
  const error = await failure(client.client.send(request("POST", { body })));
  expect(error.reason).toBe("internal_error");
  await client.settles("0 0 0 0");
});

test.each(["waiting for the head", "reading the body"])(
  "a client that leaves while %s ends it at once",
  async (when) => {
    using upstream = new RawUpstream();
    using client = new TestClient(upstream);
    const asked = request("GET");
    const sending = client.client.send(asked);
    const connection = await upstream.connection();
    await connection.gets("\r\n\r\n");
    let failing: Promise<{ reason: string; source: string }>;
    if (when === "reading the body") {
      connection.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc");
      failing = failure(drain((await sending).body));
    } else failing = failure(sending);
    asked.abortListener?.aborted();
    const error = await failing;
    expect([error.reason, error.source]).toEqual(["client_closed", "downstream"]);
    expect(asked.abortListener).toBeNull();
    await connection.gone();
    await client.settles("0 0 0 0");
  },
);

test("a cancelled body closes its connection, one that is complete does not", async () => {
  using upstream = new RawUpstream();
  using client = new TestClient(upstream);
  const first = client.client.send(request("GET"));
  const connection = await upstream.connection();
  await connection.gets("\r\n\r\n");
  connection.send("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nabc");
  const { body } = await first;
  if (body === null || body instanceof Uint8Array) throw new Error("expected a stream");
  connection.send("def");
  await client.settles("1 0 0 0");
  body.cancel();
  body.cancel();
  expect(client.counts).toBe("1 0 0 0");
  const second = client.client.send(request("GET", { target: "/second" }));
  await connection.gets("/second");
  connection.send("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nabc");
  const other = (await second).body;
  if (other === null || other instanceof Uint8Array) throw new Error("expected a stream");
  other.cancel();
  await connection.gone();
  await client.settles("0 0 0 0");
});

test("a handler that throws costs its connection, nothing else", async () => {
  using upstream = new RawUpstream();
  using client = new TestClient(upstream);
  const asked = request("GET");
  asked.inform = () => {
    throw new TypeError("bug");
  };
  const sending = failure(client.client.send(asked));
  const connection = await upstream.connection();
  await connection.gets("\r\n\r\n");
  connection.send("HTTP/1.1 103 Early\r\n\r\n");
  const error = await sending;
  expect([error.reason, error.source]).toEqual(["internal_error", "internal"]);
  await connection.gone();
  await client.settles("0 0 0 0");
});

test("an unread download stops the upstream", async () => {
  using upstream = new RawUpstream();
  using client = new TestClient(upstream);
  const sending = client.client.send(request("GET"));
  const connection = await upstream.connection();
  await connection.gets("\r\n\r\n");
  const size = 64 << 20;
  connection.send(`HTTP/1.1 200 OK\r\ncontent-length: ${size}\r\n\r\n`);
  connection.send(new Uint8Array(size));
  const { body } = await sending;
  await stops(() => connection.unsent);
  expect(connection.unsent).toBeGreaterThan(size / 2);
  expect((await drain(body)).length).toBe(size);
  await client.settles("1 0 0 0");
});
