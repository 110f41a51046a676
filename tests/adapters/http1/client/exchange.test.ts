import { expect, test } from "bun:test";
import {
  drain,
  failure,
  HandBody,
  type RawConnection,
  RawUpstream,
  request,
  TestClient,
  until,
} from "./raw-upstream.ts";

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

test("a GET is sent without framing and its small answer is at hand", async () => {
  using upstream = new RawUpstream();
  using client = new TestClient(upstream);
  const sending = client.client.send(request("GET", { target: "/a?b=c", headers: ["host", "h"] }));
  const connection = await upstream.connection();
  await connection.gets("\r\n\r\n");
  connection.send("HTTP/1.1 200 OK\r\nx-a: 1\r\nx-a: 2\r\nContent-Length: 2\r\n\r\nhi");
  const response = await sending;
  expect(connection.received).toBe("GET /a?b=c HTTP/1.1\r\nhost: h\r\n\r\n");
  expect(response.status).toBe(200);
  expect(response.headers).toEqual(["x-a", "1", "x-a", "2", "content-length", "2"]);
  expect(response.body).toBeInstanceOf(Uint8Array);
  expect((await drain(response.body)).toString()).toBe("hi");
  expect(response.reused).toBe(false);
  expect(response.connectMs).toBeGreaterThan(0);
  expect(client.counts).toBe("1 0 0 0");
});

test("the connection is used again, the last one first", async () => {
  using upstream = new RawUpstream();
  using client = new TestClient(upstream);
  for (let i = 0; i < 5; i++) {
    const sending = client.client.send(request("GET", { target: `/${i}` }));
    const connection = await upstream.connection();
    await connection.gets(`GET /${i} `);
    connection.send(OK);
    const response = await sending;
    expect(response.reused).toBe(i > 0);
    expect(response.connectMs === 0).toBe(i > 0);
  }
  expect(upstream.connections.length).toBe(1);
  expect(client.counts).toBe("1 0 0 0");
});

test.each([
  ["GET", null, "GET / HTTP/1.1\r\nhost: up.test\r\n\r\n"],
  ["DELETE", null, "DELETE / HTTP/1.1\r\nhost: up.test\r\n\r\n"],
  ["POST", null, "POST / HTTP/1.1\r\nhost: up.test\r\ncontent-length: 0\r\n\r\n"],
  ["PUT", null, "PUT / HTTP/1.1\r\nhost: up.test\r\ncontent-length: 0\r\n\r\n"],
  ["PATCH", null, "PATCH / HTTP/1.1\r\nhost: up.test\r\ncontent-length: 0\r\n\r\n"],
  ["POST", "abc", "POST / HTTP/1.1\r\nhost: up.test\r\ncontent-length: 3\r\n\r\nabc"],
  ["GET", "abc", "GET / HTTP/1.1\r\nhost: up.test\r\ncontent-length: 3\r\n\r\nabc"],
])("%s with body %p is framed exactly", async (method, text, expected) => {
  using upstream = new RawUpstream();
  using client = new TestClient(upstream);
  const body = text === null ? null : Buffer.from(text);
  const sending = client.client.send(request(method, { body }));
  const connection = await upstream.connection();
  await connection.gets(expected.slice(-4));
  connection.send(OK);
  await sending;
  expect(connection.received).toBe(expected);
});

test("a body of known length is streamed with its length", async () => {
  using upstream = new RawUpstream();
  using client = new TestClient(upstream);
  const body = new HandBody(6);
  body.push("abc");
  const sending = client.client.send(request("POST", { body }));
  const connection = await upstream.connection();
  await connection.gets("content-length: 6\r\n\r\nabc");
  body.push("def");
  await connection.gets("abcdef");
  connection.send(OK);
  expect((await sending).status).toBe(200);
  expect(client.counts).toBe("1 0 0 0");
});

test("a body of unknown length is chunked and keeps its trailers", async () => {
  using upstream = new RawUpstream();
  using client = new TestClient(upstream);
  const body = new HandBody();
  body.push("hello");
  const sending = client.client.send(request("POST", { body }));
  const connection = await upstream.connection();
  await connection.gets("transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n");
  body.push("0123456789abcdef");
  body.trailers = ["x-sum", "1"];
  body.push(null);
  await connection.gets("10\r\n0123456789abcdef\r\n0\r\nx-sum: 1\r\n\r\n");
  connection.send(OK);
  await sending;
  expect(client.counts).toBe("1 0 0 0");
});

test("a large head and body leave whole", async () => {
  using upstream = new RawUpstream();
  using client = new TestClient(upstream);
  const headers = ["host", "h", "x-long", "v".repeat(100_000)];
  const body = Buffer.alloc(300_000, "b");
  const sending = client.client.send(request("POST", { headers, body }));
  const connection = await upstream.connection();
  await until(() => connection.received.length >= 400_000);
  connection.send(OK);
  await sending;
  expect(connection.received.endsWith(`\r\ncontent-length: 300000\r\n\r\n${body}`)).toBe(true);
});

test.each(["length", "chunked", "until close"])(
  "a large answer (%s) is streamed whole",
  async (framing) => {
    const payload = Buffer.alloc(3_000_000, "0123456789abcdef-");
    using upstream = new RawUpstream();
    using client = new TestClient(upstream);
    const sending = client.client.send(request("GET"));
    const connection = await upstream.connection();
    await connection.gets("\r\n\r\n");
    sendFramed(connection, framing, payload);
    const response = await sending;
    const got = await drain(response.body);
    expect(Bun.hash(got)).toBe(Bun.hash(payload));
    await client.settles(framing === "until close" ? "0 0 0 0" : "1 0 0 0");
  },
);

function sendFramed(connection: RawConnection, framing: string, payload: Buffer): void {
  if (framing === "length") {
    connection.send(`HTTP/1.1 200 OK\r\ncontent-length: ${payload.length}\r\n\r\n`);
    connection.send(payload);
    return;
  }
  if (framing === "until close") {
    connection.send("HTTP/1.1 200 OK\r\n\r\n");
    connection.send(payload);
    void until(() => connection.unsent === 0).then(() => connection.end());
    return;
  }
  connection.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
  for (let at = 0; at < payload.length; at += 100_000) {
    const part = payload.subarray(at, at + 100_000);
    connection.send(`${part.length.toString(16)}\r\n`);
    connection.send(part);
    connection.send("\r\n");
  }
  connection.send("0\r\n\r\n");
}

test("a large answer is a stream also where it comes whole, and its connection is free at once", async () => {
  using upstream = new RawUpstream();
  using client = new TestClient(upstream);
  const sending = client.client.send(request("GET"));
  const connection = await upstream.connection();
  const text = "x".repeat(40_000);
  connection.send(`HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`);
  const { body } = await sending;
  expect(body).not.toBeInstanceOf(Uint8Array);
  expect(body?.length).toBe(text.length);
  expect((await drain(body)).toString()).toBe(text);
  expect(client.counts).toBe("1 0 0 0");
});

test("a small chunked answer stays a stream, and its connection is free at once", async () => {
  using upstream = new RawUpstream();
  using client = new TestClient(upstream);
  const sending = client.client.send(request("GET"));
  const connection = await upstream.connection();
  await connection.gets("\r\n\r\n");
  connection.send(
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n",
  );
  const { body } = await sending;
  expect(body).toMatchObject({ length: undefined });
  expect(client.counts).toBe("1 0 0 0");
  expect((await drain(body)).toString()).toBe("abcde");
});

test("trailers of an answer are kept", async () => {
  using upstream = new RawUpstream();
  using client = new TestClient(upstream);
  const sending = client.client.send(request("GET"));
  const connection = await upstream.connection();
  await connection.gets("\r\n\r\n");
  connection.send(
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nX-Sum: 7\r\n\r\n",
  );
  const { body } = await sending;
  if (body === null || body instanceof Uint8Array) throw new Error("expected a stream");
  expect((await drain(body)).toString()).toBe("ab");
  expect(body.trailers).toEqual(["x-sum", "7"]);
  expect(client.counts).toBe("1 0 0 0");
});

test("an answer in single bytes is understood", async () => {
  using upstream = new RawUpstream();
  using client = new TestClient(upstream);
  const sending = client.client.send(request("GET"));
  const connection = await upstream.connection();
  await connection.gets("\r\n\r\n");
  const text =
    "HTTP/1.1 103 Early\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
  for (const byte of text) {
    connection.send(byte);
    await Bun.sleep(0);
  }
  expect((await drain((await sending).body)).toString()).toBe("abc");
  await client.settles("1 0 0 0");
});

test.each([
  ["HEAD", "HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n"],
  ["GET", "HTTP/1.1 204 No Content\r\n\r\n"],
  ["GET", "HTTP/1.1 304 Not Modified\r\ncontent-length: 99\r\n\r\n"],
  ["GET", "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"],
])("an answer to %s without a body has none: %p", async (method, text) => {
  using upstream = new RawUpstream();
  using client = new TestClient(upstream);
  const sending = client.client.send(request(method));
  const connection = await upstream.connection();
  await connection.gets("\r\n\r\n");
  connection.send(text);
  expect((await sending).body).toBeNull();
  expect(client.counts).toBe("1 0 0 0");
});

test("interim answers are passed on, a 100 is not", async () => {
  using upstream = new RawUpstream();
  using client = new TestClient(upstream);
  const asked = request("GET");
  const sending = client.client.send(asked);
  const connection = await upstream.connection();
  await connection.gets("\r\n\r\n");
  connection.send(
    `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early\r\nlink: </a>\r\n\r\n${OK}`,
  );
  await sending;
  expect(asked.informed).toEqual([
    [102, []],
    [103, ["link", "</a>"]],
  ]);
});

test("endless interim answers are refused", async () => {
  using upstream = new RawUpstream();
  using client = new TestClient(upstream);
  const sending = failure(client.client.send(request("GET")));
  const connection = await upstream.connection();
  await connection.gets("\r\n\r\n");
  connection.send("HTTP/1.1 102 Processing\r\n\r\n".repeat(100));
  expect((await sending).reason).toBe("upstream_malformed_response");
  await client.settles("0 0 0 0");
});

test("the abort listener is there while the exchange works, and gone after it", async () => {
  using upstream = new RawUpstream();
  using client = new TestClient(upstream);
  const asked = request("GET");
  const sending = client.client.send(asked);
  expect(asked.abortListener).not.toBeNull();
  const connection = await upstream.connection();
  await connection.gets("\r\n\r\n");
  connection.send("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nab");
  const { body } = await sending;
  expect(asked.abortListener).not.toBeNull();
  connection.send("cd");
  await drain(body);
  expect(asked.abortListener).toBeNull();
});
