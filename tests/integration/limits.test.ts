import { describe, expect, test } from "bun:test";
import { Prox, shared, until } from "./scene.ts";
import { ok, Upstream, type UpstreamConnection } from "./upstream.ts";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/** A Prox in front of one upstream, with top-level keys and keys of its route. */
function front(up: Upstream, top: string, route = ""): Prox {
  return new Prox(`${top}\nroutes: {/: {type: proxy, target: '${up.url}'${route}}}`);
}

describe("max_request_body", () => {
  const up = shared(new Upstream());
  const prox = shared(
    new Prox(
      "limits: {max_request_body: 5}\nroutes:\n" +
        `  /: {type: proxy, target: '${up.url}'}\n` +
        `  /more: {type: proxy, target: '${up.url}', limits: {max_request_body: 1KiB}}\n` +
        `  /any: {type: proxy, target: '${up.url}', limits: {max_request_body: 0}}\n`,
    ),
  );
  const declared = (path: string, length: number) =>
    `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n${"x".repeat(length)}`;

  test.each([
    ["/", 5, 200],
    ["/", 6, 413],
    ["/more", 1024, 200],
    ["/more", 1025, 413],
    ["/any", 100_000, 200],
  ])("%s with %d bytes: %d", async (path, length, status) => {
    expect((await prox.answers(declared(path, length))).status).toBe(status);
  });

  test("a declared body over it is refused before any of it is sent on", async () => {
    const before = up.connections.length;
    const lines = prox.accessLog.lines.length;
    const client = await prox.sends(
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\nx",
    );
    const response = await client.response();
    expect([response.status, response.header("connection")]).toEqual([413, "close"]);
    expect(await client.end()).toBe("");
    expect(up.connections).toHaveLength(before);
    expect(await prox.logged(lines)).toMatchObject({ status: 413, reason: "body_too_large" });
  });

  test("the connection lives on where the rest of the body is small", async () => {
    const client = await prox.sends(declared("/", 6));
    expect((await client.response()).status).toBe(413);
    await client.send(declared("/", 5));
    expect((await client.response()).status).toBe(200);
  });

  test("a client that waits for 100 gets its refusal instead", async () => {
    const client = await prox.sends(
      "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 6\r\n\r\n",
    );
    const response = await client.response();
    expect([response.status, response.header("connection")]).toEqual([413, "close"]);
  });

  test("a chunked body over it breaks off where it is too much, and its upstream is released", async () => {
    const lines = prox.accessLog.lines.length;
    const client = await prox.sends(
      "POST /chunks HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    );
    await until(() => up.connections.some(({ received }) => received.endsWith("3\r\nabc\r\n")));
    await client.send("3\r\ndef\r\n0\r\n\r\n");
    expect((await client.response()).status).toBe(413);
    await until(() =>
      up.connections.every(({ closed, received }) => closed || !received.includes("/chunks")),
    );
    expect(up.requests.some(({ line }) => line.includes("/chunks"))).toBe(false);
    expect(await prox.logged(lines)).toMatchObject({ status: 413, reason: "body_too_large" });
  });
});

describe("limits on heads", () => {
  const up = shared(new Upstream());
  const prox = shared(front(up, "limits: {max_uri_bytes: 100, max_header_bytes: 512}"));

  test.each([
    ["a target at the limit", `/${"x".repeat(99)}`, "", 200, undefined],
    ["a target over it", `/${"x".repeat(100)}`, "", 414, "uri_too_long"],
    ["fields within it", "/", `A: ${"x".repeat(400)}\r\n`, 200, undefined],
    ["fields over it", "/", `A: ${"x".repeat(600)}\r\n`, 431, "headers_too_large"],
    ["a hundred fields and more", "/", "A: b\r\n".repeat(120), 431, "headers_too_large"],
  ])("%s", async (_, target, lines, status, reason) => {
    const before = prox.accessLog.lines.length;
    const client = await prox.sends(`GET ${target} HTTP/1.1\r\nHost: a\r\n${lines}\r\n`);
    const response = await client.response();
    expect(response.status).toBe(status);
    const entry = await prox.logged(before);
    expect([entry["status"], entry["reason"]]).toEqual([status, reason]);
    if (reason !== undefined) {
      expect(response.header("connection")).toBe("close");
      expect(await client.end()).toBe("");
    }
  });
});

describe("limits on connections", () => {
  test.each([
    ["max_connections", "max_connections: 2"],
    ["max_connections_per_ip", "max_connections_per_ip: 2"],
  ])("%s: the one too many is told so, and later ones are served again", async (_, limit) => {
    using up = new Upstream();
    await using prox = front(up, `limits: {${limit}}`);
    const kept = [await prox.sends(GET), await prox.sends(GET)];
    for (const client of kept) expect((await client.response()).status).toBe(200);
    const third = await prox.sends(GET);
    const response = await third.response();
    expect([
      response.status,
      response.header("retry-after"),
      response.header("connection"),
    ]).toEqual([503, "1", "close"]);
    expect(await prox.logged(2)).toMatchObject({ status: 503, reason: "connection_limit" });
    kept[0]?.close();
    await until(() => prox.connections === 1);
    expect((await prox.answers(GET)).status).toBe(200);
  });

  test("upstream_max_connections: the others wait for their turn", async () => {
    const held: UpstreamConnection[] = [];
    using up = new Upstream((_, connection) => {
      held.push(connection);
      return undefined;
    });
    await using prox = front(up, "", ", limits: {upstream_max_connections: 2}");
    const clients = [];
    for (let i = 0; i < 6; i++) clients.push(await prox.sends(GET));
    for (let answered = 0; answered < 6; answered++) {
      await until(() => held.length > 0);
      expect(up.connections.length).toBeLessThan(3);
      held.shift()?.send(ok("x"));
    }
    for (const client of clients) expect((await client.response()).status).toBe(200);
    expect(up.connections).toHaveLength(2);
  });

  test("who waits too long for an upstream's connection gets 503 and Retry-After", async () => {
    using up = new Upstream(() => undefined);
    const limits = "limits: {upstream_max_connections: 1}, timeouts: {connect: 100ms}";
    await using prox = front(up, "", `, ${limits}`);
    await prox.sends(GET);
    await up.request();
    const response = await prox.get("/");
    expect([response.status, response.header("retry-after")]).toEqual([503, "1"]);
    expect(await prox.logged()).toMatchObject({ status: 503, reason: "upstream_queue_timeout" });
    expect((await prox.logged())["retries"]).toBeUndefined();
  });

  test("the queue is bounded: over it 503 and Retry-After at once", async () => {
    using up = new Upstream(() => undefined);
    await using prox = front(up, "", ", limits: {upstream_max_connections: 1}");
    for (let i = 0; i < 1 + 1024; i++) {
      const client = await prox.client();
      await client.send(GET);
    }
    const response = await prox.get("/");
    expect([response.status, response.header("retry-after")]).toEqual([503, "1"]);
    expect(await prox.logged()).toMatchObject({ status: 503, reason: "upstream_queue_full" });
  });

  test("a slow upstream does not delay another route", async () => {
    using slow = new Upstream(() => undefined);
    using quick = new Upstream();
    await using prox = new Prox(
      "routes:\n" +
        `  /slow: {type: proxy, target: '${slow.url}', limits: {upstream_max_connections: 5}}\n` +
        `  /quick: {type: proxy, target: '${quick.url}'}\n`,
    );
    for (let i = 0; i < 50; i++) await prox.sends(GET.replace("/", "/slow"));
    await slow.request(4);
    expect((await prox.get("/quick")).status).toBe(200);
  });
});
