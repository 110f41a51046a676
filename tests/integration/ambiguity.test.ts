import { describe, expect, test } from "bun:test";
import { Prox, shared, until } from "./scene.ts";
import { ok, Upstream } from "./upstream.ts";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/** A Prox in front of one upstream. */
function front(up: Upstream): Prox {
  return new Prox(`routes: {/: {type: proxy, target: '${up.url}'}}`);
}

describe("answers that could be read in two ways are a 502, and their connection is closed", () => {
  test.each([
    ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc"],
    [
      "length and chunked",
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    ["no length at all", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"],
    ["chunked twice", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"],
    ["a folded line", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n"],
    ["a space before the colon", "HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n"],
    ["a bare line feed", "HTTP/1.1 200 OK\nContent-Length: 0\n\n"],
    ["NUL in a value", "HTTP/1.1 200 OK\r\nA: \0\r\nContent-Length: 0\r\n\r\n"],
    ["no status", "hello there\r\n\r\n"],
    ["101 that nobody asked for", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"],
    ["a bad first chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"],
  ])("%s", async (_, bytes) => {
    using up = new Upstream(() => bytes);
    await using prox = front(up);
    const response = await prox.get("/");
    expect(response.status).toBe(502);
    await until(() => up.connections[0]?.closed === true);
    expect(await prox.logged()).toMatchObject({
      status: 502,
      reason: "upstream_malformed_response",
      request_id: response.header("x-request-id"),
    });
    expect(prox.accessLog.lines).toHaveLength(1);
    expect(up.requests).toHaveLength(1);
  });

  test("bytes behind an answer are not the next one", async () => {
    const evil = ok("evil");
    using up = new Upstream(({ line }) =>
      line.includes("/one") ? ok("first") + evil : ok("second"),
    );
    await using prox = front(up);
    expect((await prox.get("/one")).body).toBe("first");
    expect((await prox.get("/2")).body).toBe("second");
  });
});

describe("requests that could be read in two ways are a 400, and their connection is closed", () => {
  const up = shared(new Upstream());
  const prox = shared(front(up));
  const post = (lines: string, body = "") => `POST / HTTP/1.1\r\nHost: a\r\n${lines}\r\n${body}`;

  test.each([
    ["two lengths", post("Content-Length: 3\r\nContent-Length: 4\r\n", "abcd")],
    ["a list of lengths", post("Content-Length: 3, 3\r\n", "abc")],
    ["a signed length", post("Content-Length: +3\r\n", "abc")],
    [
      "length and chunked",
      post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
    ],
    [
      "chunked and length",
      post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n"),
    ],
    ["chunked not last", post("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n")],
    ["an unknown coding", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")],
    ["chunked in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
    ["a folded line", post("A: b\r\n c\r\n")],
    ["a space before the colon", post("Content-Length : 3\r\n", "abc")],
    ["a bare carriage return", post("A: b\rC: d\r\n")],
    ["two hosts", post("Host: b\r\n")],
    ["no host", "GET / HTTP/1.1\r\n\r\n"],
    ["a bad host", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"],
    ["a host that the target contradicts", "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["a target with user information", "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["spaces in the target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["no HTTP", "\x16\x03\x01\x02\0\x01\0\x01\xfc\r\n\r\n"],
  ])("%s", async (_, bytes) => {
    const before = { lines: prox.accessLog.lines.length, requests: up.requests.length };
    // What is behind it must never be taken for a request.
    const client = await prox.sends(`${bytes}GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n`);
    const response = await client.response();
    expect(response.status).toBe(400);
    expect(response.header("connection")).toBe("close");
    expect(await client.end()).toBe("");
    expect(await prox.logged(before.lines)).toMatchObject({
      status: 400,
      reason: "malformed_request",
    });
    expect(prox.accessLog.lines).toHaveLength(before.lines + 1);
    expect(up.requests).toHaveLength(before.requests);
  });

  test.each([
    "Content-Length: 5",
    "Transfer-Encoding: chunked",
    "Host: b",
    "Authorization: Basic eA==",
    "X-Forwarded-For: 6.6.6.6",
    "X-Forwarded-Port: 1",
    "X_Forwarded_For: 6.6.6.6",
    "X.Real_IP: 6.6.6.6",
    "X-Request-Id: mine",
  ])("a trailer that would change what was checked breaks the request off: %s", async (line) => {
    const before = up.requests.length;
    const bytes = post("Transfer-Encoding: chunked\r\n", `1\r\na\r\n0\r\n${line}\r\n\r\n`);
    const response = await prox.answers(bytes);
    expect([response.status, response.header("connection")]).toEqual([400, "close"]);
    expect(up.requests).toHaveLength(before);
  });

  test("a chunk that is none breaks the request off", async () => {
    const client = await prox.sends(
      post("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\nzz\r\n") + GET,
    );
    const response = await client.response();
    expect([response.status, response.header("connection")]).toEqual([400, "close"]);
    expect(await client.end()).toBe("");
    await until(() =>
      up.connections.every(({ closed, received }) => closed || !received.endsWith("abc\r\n")),
    );
  });
});
