import { expect, test } from "bun:test";
import {
  drain,
  failure,
  HandBody,
  HandClock,
  RawUpstream,
  request,
  stops,
  TestClient,
  until,
} from "./raw-upstream.ts";

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

test("a complete early answer ends the upload", async () => {
  using upstream = new RawUpstream();
  using client = new TestClient(upstream);
  const body = new HandBody();
  body.push("abc");
  const sending = client.client.send(request("POST", { body }));
  const connection = await upstream.connection();
  await connection.gets("abc");
  connection.send("HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\n\r\nno");
  expect((await sending).status).toBe(413);
  expect(body.cancelled).toBe(true);
  await connection.gone();
  await client.settles("0 0 0 0");
});

test("an early answer under way lets the upload go on", async () => {
  using upstream = new RawUpstream();
  using client = new TestClient(upstream);
  const body = new HandBody();
  body.push("abc");
  const sending = client.client.send(request("POST", { body }));
  const connection = await upstream.connection();
  await connection.gets("abc");
  connection.send("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nab");
  const response = await sending;
  body.push("def");
  await connection.gets("def");
  body.push(null);
  await connection.gets("0\r\n\r\n");
  connection.send("cd");
  expect((await drain(response.body)).toString()).toBe("abcd");
  expect(body.cancelled).toBe(false);
  await client.settles("1 0 0 0");
});

test("an answer that was sent before the connection was reset is delivered", async () => {
  using upstream = new RawUpstream({ accepted: (c) => c.pause(), keep: false });
  using client = new TestClient(upstream);
  const body = new HandBody();
  const sending = client.client.send(request("POST", { body }));
  const connection = await upstream.connection();
  const chunk = new Uint8Array(1 << 20);
  for (let i = 0; i < 32; i++) body.push(chunk);
  await until(() => body.reads > 2);
  connection.send("HTTP/1.1 413 Too Large\r\nconnection: close\r\ncontent-length: 2\r\n\r\nno");
  // Unread input makes this a reset.
  connection.end();
  const response = await sending;
  expect(response.status).toBe(413);
  expect((await drain(response.body)).toString()).toBe("no");
  expect(body.cancelled).toBe(true);
  await client.settles("0 0 0 0");
});

test("a large upload arrives whole, pulled only as fast as it is read", async () => {
  using upstream = new RawUpstream({ accepted: (c) => c.pause(), keep: false });
  using client = new TestClient(upstream);
  const size = 48 << 20;
  const body = new HandBody(size);
  const chunk = new Uint8Array(1 << 20);
  for (let i = 0; i < 48; i++) body.push(chunk);
  const sending = client.client.send(request("PUT", { body }));
  const connection = await upstream.connection();
  await stops(() => body.reads);
  expect(body.reads).toBeLessThan(40);
  connection.resume();
  await until(() => connection.bytes > size);
  connection.send(OK);
  expect((await sending).status).toBe(200);
  expect(client.counts).toBe("1 0 0 0");
});

test("a body that expects 100 is held back until it comes", async () => {
  using upstream = new RawUpstream();
  using client = new TestClient(upstream);
  const body = new HandBody(3);
  body.push("abc");
  const sending = client.client.send(request("POST", { body, expectContinue: true }));
  const connection = await upstream.connection();
  await connection.gets("expect: 100-continue\r\n\r\n");
  expect(body.consumed).toBe(false);
  connection.send("HTTP/1.1 100 Continue\r\n\r\n");
  await connection.gets("\r\n\r\nabc");
  connection.send(OK);
  expect((await sending).status).toBe(200);
  expect(client.counts).toBe("1 0 0 0");
});

test("an Expect field of the request is not doubled", async () => {
  using upstream = new RawUpstream();
  using client = new TestClient(upstream);
  const headers = ["host", "h", "expect", "100-continue"];
  const body = Buffer.from("abc");
  const sending = client.client.send(request("POST", { headers, body, expectContinue: true }));
  const connection = await upstream.connection();
  await connection.gets("\r\n\r\n");
  connection.send("HTTP/1.1 100 Continue\r\n\r\n");
  await connection.gets("abc");
  connection.send(OK);
  await sending;
  expect(connection.received.split("100-continue").length).toBe(2);
});

test("a final answer instead of 100: the body is never read", async () => {
  using upstream = new RawUpstream();
  using client = new TestClient(upstream);
  const body = new HandBody(3);
  const sending = client.client.send(request("POST", { body, expectContinue: true }));
  const connection = await upstream.connection();
  await connection.gets("\r\n\r\n");
  connection.send("HTTP/1.1 417 No\r\ncontent-length: 0\r\n\r\n");
  expect((await sending).status).toBe(417);
  expect([body.consumed, body.cancelled]).toEqual([false, true]);
  await connection.gone();
  await client.settles("0 0 0 0");
});

test("an upstream that knows no 100 gets the body after a second", async () => {
  using upstream = new RawUpstream();
  const clock = new HandClock();
  using client = new TestClient(upstream, {}, { clock });
  const body = new HandBody(3);
  body.push("abc");
  const sending = client.client.send(request("POST", { body, expectContinue: true }));
  const connection = await upstream.connection();
  await connection.gets("expect: 100-continue\r\n\r\n");
  clock.advance(999);
  expect(body.consumed).toBe(false);
  clock.advance(1);
  await connection.gets("\r\n\r\nabc");
  connection.send(OK);
  expect((await sending).status).toBe(200);
});

test("a body that nobody has read yet survives a failed try", async () => {
  using upstream = new RawUpstream();
  using client = new TestClient(upstream);
  const body = new HandBody(3);
  const sending = failure(client.client.send(request("POST", { body, expectContinue: true })));
  const connection = await upstream.connection();
  await connection.gets("\r\n\r\n");
  connection.reset();
  expect((await sending).reason).toBe("upstream_reset");
  expect([body.consumed, body.cancelled]).toEqual([false, false]);
});
