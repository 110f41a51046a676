import { describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { openDescriptorCalls } from "../../src/adapters/system/libc.ts";
import { Prox, until } from "./scene.ts";
import { ok, Upstream } from "./upstream.ts";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/** A Prox in front of one upstream with small timeouts. */
function front(up: { readonly url: string }, timeouts: string, perRoute = false): Prox {
  const route = perRoute ? `, timeouts: {${timeouts}}` : "";
  const top = perRoute ? "" : `timeouts: {${timeouts}}`;
  return new Prox(`${top}\nroutes: {/: {type: proxy, target: '${up.url}'${route}}}`);
}

describe("request_header", () => {
  test("a head that does not come whole gets 408", async () => {
    using up = new Upstream();
    await using prox = front(up, "request_header: 60ms");
    const client = await prox.sends("GET / HTTP/1.1\r\nHost: a\r\n");
    const response = await client.response();
    expect([response.status, response.header("connection")]).toEqual([408, "close"]);
    await client.end();
    expect(await prox.logged()).toMatchObject({ status: 408, reason: "header_timeout" });
  });

  test("each byte of it does not begin the wait anew", async () => {
    using up = new Upstream();
    await using prox = front(up, "request_header: 60ms");
    const client = await prox.sends("GET / HTTP/1.1\r\nHost: a\r\nX: ");
    await client.until(() => {
      client.sendSome(Buffer.from("x"));
      return client.buffered !== "";
    }, "the refusal");
    expect((await client.response()).status).toBe(408);
  });
});

describe("request_body", () => {
  test.each([false, true])(
    "a body that does not come on gets 408 (chunked: %p)",
    async (chunked) => {
      using up = new Upstream();
      await using prox = front(up, "request_body: 60ms");
      const client = await prox.sends(
        `POST / HTTP/1.1\r\nHost: a\r\n${chunked ? "Transfer-Encoding: chunked\r\n\r\n3\r\n" : "Content-Length: 9\r\n\r\n"}abc`,
      );
      const response = await client.response();
      expect([response.status, response.header("connection")]).toEqual([408, "close"]);
      await client.end();
      await until(() => up.connections.every(({ closed }) => closed));
      expect(await prox.logged()).toMatchObject({ status: 408, reason: "body_timeout" });
      expect(prox.accessLog.lines).toHaveLength(1);
    },
  );
});

describe("connect", () => {
  test("an upstream that does not accept gets 504", async () => {
    using full = fullBacklog();
    await using prox = front(full, "connect: 60ms", true);
    const response = await prox.get("/");
    expect(response.status).toBe(504);
    expect(await prox.logged()).toMatchObject({
      status: 504,
      reason: "upstream_connect_timeout",
      retries: 1,
    });
  });
});

describe("response_header", () => {
  test("an upstream that does not answer gets 504, and its connection is closed", async () => {
    using up = new Upstream(() => undefined);
    await using prox = front(up, "response_header: 60ms", true);
    expect((await prox.get("/")).status).toBe(504);
    await until(() => up.connections[0]?.closed === true);
    expect(await prox.logged()).toMatchObject({ reason: "upstream_timeout_header", status: 504 });
    // It may still be at work: nothing is asked twice.
    expect(up.requests).toHaveLength(1);
  });

  test("interim answers begin the wait anew", async () => {
    using up = new Upstream(() => undefined);
    await using prox = front(up, "response_header: 300ms", true);
    const client = await prox.sends(GET);
    await up.request();
    // Together longer than the limit.
    for (let i = 0; i < 4; i++) {
      up.connections[0]?.send("HTTP/1.1 103 Early Hints\r\n\r\n");
      expect((await client.response()).status).toBe(103);
      await Bun.sleep(100);
    }
    up.connections[0]?.send(ok("late"));
    expect((await client.response()).body).toBe("late");
  });

  test("an upload that takes longer than that is not cut", async () => {
    using up = new Upstream();
    await using prox = front(up, "response_header: 100ms", true);
    const client = await prox.sends("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n");
    for (const byte of "abcd") {
      await Bun.sleep(50);
      await client.send(byte);
    }
    expect((await client.response()).status).toBe(200);
  });
});

describe("idle", () => {
  test("an answer that stops is broken off", async () => {
    using up = new Upstream(() => "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc");
    await using prox = front(up, "idle: 60ms", true);
    const client = await prox.sends(GET);
    await client.until(() => client.closed, "the end");
    expect(client.reset).toBe(true);
    expect(client.buffered).toEndWith("\r\n\r\nabc");
    await until(() => up.connections[0]?.closed === true);
    expect(await prox.logged()).toMatchObject({ status: 200, reason: "upstream_timeout_idle" });
  });

  test("a client that takes nothing of its answer is cut, and its upstream released", async () => {
    using up = new Upstream(() => ok("x".repeat(30_000_000)));
    await using prox = front(up, "idle: 100ms");
    const client = await prox.client();
    client.pause();
    await client.send(GET);
    expect(await prox.logged()).toMatchObject({ status: 200, reason: "client_idle_timeout" });
    await until(() => up.connections[0]?.closed === true);
  });

  test("an answer that moves now and then lives on", async () => {
    using up = new Upstream(() => "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    await using prox = front(up, "idle: 300ms", true);
    const client = await prox.sends(GET);
    await up.request();
    for (let i = 0; i < 5; i++) {
      await Bun.sleep(80);
      up.connections[0]?.send("1\r\nx\r\n");
    }
    up.connections[0]?.send("0\r\n\r\n");
    expect((await client.response()).body).toBe("xxxxx");
  });
});

describe("keep_alive", () => {
  test("ends an idle connection in order, and without a word", async () => {
    using up = new Upstream();
    await using prox = front(up, "keep_alive: 60ms");
    const client = await prox.sends(GET);
    await client.response();
    expect(await client.end()).toBe("");
    expect(client.reset).toBe(false);
    expect(prox.accessLog.lines).toHaveLength(1);
  });
});

test("0 is never", async () => {
  using up = new Upstream(() => undefined);
  await using prox = front(up, "response_header: 0, idle: 0, request_header: 0, request_body: 0");
  const slow = await prox.sends(GET);
  const head = await prox.sends("GET / HTTP/1.1\r\n");
  await up.request();
  await Bun.sleep(150);
  up.connections[0]?.send(ok("late"));
  expect((await slow.response()).body).toBe("late");
  expect(head.buffered + String(head.ended)).toBe("false");
});

/** A listening socket whose queue is full and that nobody empties: further connections wait. */
function fullBacklog() {
  const calls = openDescriptorCalls(() => {});
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  if (calls === null || !("fd" in listener)) throw new Error("no descriptors here");
  const { port } = listener;
  // The copy keeps the socket open, but nobody accepts from it.
  const kept = calls.duplicate(Number(listener.fd));
  listener.stop();
  calls.setBacklog(kept, 0);
  const waiting = Array.from({ length: 8 }, () => connect(port, "127.0.0.1").on("error", () => {}));
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.dispose]() {
      for (const socket of waiting) socket.destroy();
      calls.close(kept);
    },
  };
}
