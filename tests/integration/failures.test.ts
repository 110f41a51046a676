import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Prox, until } from "./scene.ts";
import { ok, Upstream, type UpstreamConnection } from "./upstream.ts";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const POST = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi";

function front(target: string, more = ""): Prox {
  return new Prox(`routes: {/: {type: proxy, target: '${target}'${more}}}`);
}

/** An address that refuses connections. */
function deadUrl(): string {
  const dead = new Upstream();
  const { url } = dead;
  dead[Symbol.dispose]();
  return url;
}

/** The one line that the log has for the one request; it is the last word on it. */
async function onlyLine(prox: Prox): Promise<Record<string, unknown>> {
  const entry = await prox.logged();
  await until(() => prox.connections === 0);
  expect(prox.accessLog.lines).toHaveLength(1);
  return entry;
}

describe("an upstream that fails", () => {
  const folder = mkdtempSync(join(tmpdir(), "prox-sock-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each([
    ["refuses connections", deadUrl(), "upstream_connect_refused"],
    ["has no name", "http://nowhere.invalid", "upstream_resolve_failed"],
    ["has no socket", `unix:${folder}/none.sock`, "upstream_connect_failed"],
  ])("one that %s: 502, tried again", async (_, target, reason) => {
    await using prox = front(target);
    const response = await prox.get("/");
    expect(response.status).toBe(502);
    expect(await onlyLine(prox)).toMatchObject({ status: 502, reason, retries: 1 });
    expect(prox.logger.lines[0]).toMatchObject({ level: "warn", message: reason });
  });

  test("one that speaks no TLS: 502", async () => {
    const plain = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        data(socket) {
          socket.end("HTTP/1.1 400 Bad Request\r\n\r\n");
        },
      },
    });
    await using prox = front(`https://127.0.0.1:${plain.port}`);
    expect((await prox.get("/")).status).toBe(502);
    plain.stop(true);
    expect(await onlyLine(prox)).toMatchObject({ reason: "upstream_tls_failed" });
  });

  test.each<[string, string, (connection: UpstreamConnection) => void, string, number]>([
    ["closes", GET, (connection) => connection.close(), "upstream_closed", 2],
    ["closes", POST, (connection) => connection.close(), "upstream_closed", 1],
    ["resets", GET, (connection) => connection.reset(), "upstream_reset", 2],
    ["resets", POST, (connection) => connection.reset(), "upstream_reset", 1],
  ])("one that %s without an answer to %j", async (_, bytes, act, reason, tries) => {
    using up = new Upstream((_request, connection) => {
      act(connection);
      return undefined;
    });
    await using prox = front(up.url);
    expect((await prox.answers(bytes)).status).toBe(502);
    expect(await onlyLine(prox)).toMatchObject({ status: 502, reason });
    expect(up.requests).toHaveLength(tries);
  });

  test("one that closes within its head: 502, not tried again", async () => {
    using up = new Upstream((_, connection) => {
      connection.send("HTTP/1.1 200 OK\r\nConte");
      connection.close();
      return undefined;
    });
    await using prox = front(up.url);
    expect((await prox.get("/")).status).toBe(502);
    expect(await onlyLine(prox)).toMatchObject({ reason: "upstream_truncated" });
    expect(up.requests).toHaveLength(1);
  });

  test.each([
    ["application/json", "application/json"],
    ["text/html", "text/plain; charset=utf-8"],
  ])(
    "the answer for Accept: %s is %s, with the request id and no address",
    async (accept, type) => {
      const target = deadUrl();
      await using prox = front(target);
      const response = await prox.get("/", `Host: a\r\nAccept: ${accept}\r\n`);
      const { request_id: id } = await onlyLine(prox);
      expect(response.header("content-type")).toBe(type);
      expect(response.header("x-request-id")).toBe(String(id));
      expect(response.body).toContain(String(id));
      const text = JSON.stringify(response.headers) + response.body;
      expect(text).not.toContain("127.0.0.1");
      expect(text).not.toContain(new URL(target).port);
    },
  );

  test("HEAD gets no body", async () => {
    await using prox = front(deadUrl());
    const client = await prox.sends("HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    const text = await client.end();
    expect(text).toStartWith("HTTP/1.1 502 ");
    expect(text).toEndWith("\r\n\r\n");
  });

  test("the client's connection lives on", async () => {
    await using prox = front(deadUrl());
    const client = await prox.sends(GET + POST + GET);
    for (let i = 0; i < 3; i++) expect((await client.response()).status).toBe(502);
  });
});

describe("a client that leaves", () => {
  test("while its upstream is awaited: 499, and the upstream is released", async () => {
    using up = new Upstream(() => undefined);
    await using prox = front(up.url);
    const client = await prox.sends(GET);
    await up.request();
    client.cut();
    expect(await onlyLine(prox)).toMatchObject({
      status: 499,
      reason: "client_closed",
      bytes_out: 0,
      upstream: up.url,
    });
    await until(() => up.connections[0]?.closed === true);
    expect(up.requests).toHaveLength(1);
    expect(prox.logger.lines.filter(({ level }) => level !== "debug")).toEqual([]);
  });

  test("while it waits for an upstream's connection: 499, and leaves the queue", async () => {
    using up = new Upstream(() => undefined);
    await using prox = front(up.url, ", limits: {upstream_max_connections: 1}");
    const first = await prox.sends(GET);
    await up.request();
    const second = await prox.sends(GET);
    await until(() => prox.connections === 2);
    second.cut();
    expect(await prox.logged()).toMatchObject({ status: 499, reason: "client_closed" });
    up.connections[0]?.send(ok("first"));
    expect((await first.response()).body).toBe("first");
    expect(up.requests).toHaveLength(1);
  });

  test("within its upload: 499, and the upstream is released", async () => {
    using up = new Upstream();
    await using prox = front(up.url);
    const client = await prox.sends("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc");
    await (await up.connection()).gets("abc");
    client.cut();
    expect(await onlyLine(prox)).toMatchObject({
      status: 499,
      reason: "client_closed",
      bytes_in: 3,
    });
    await until(() => up.connections[0]?.closed === true);
  });

  test("within its answer: the status that it saw, why it broke off, and how far it came", async () => {
    using up = new Upstream(() => "HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\nabc");
    await using prox = front(up.url);
    const client = await prox.sends(GET);
    await client.until(() => client.buffered.endsWith("abc"), "the beginning");
    client.cut();
    expect(await onlyLine(prox)).toMatchObject({
      status: 201,
      reason: "client_closed",
      bytes_out: 3,
    });
    await until(() => up.connections[0]?.closed === true);
  });

  test("without a request leaves no line", async () => {
    using up = new Upstream();
    await using prox = front(up.url);
    const client = await prox.client();
    await until(() => prox.connections === 1);
    client.cut();
    await until(() => prox.connections === 0);
    expect(prox.accessLog.lines).toEqual([]);
  });
});

describe("the access log", () => {
  test("counts the bytes of bodies, as they are without framing", async () => {
    using up = new Upstream(
      () => "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
    );
    await using prox = front(up.url);
    await prox.answers(
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nwxyz\r\n0\r\n\r\n",
    );
    expect(await onlyLine(prox)).toMatchObject({ bytes_in: 4, bytes_out: 5, status: 200 });
  });

  test("has the times of an exchange in order", async () => {
    using up = new Upstream();
    await using prox = front(up.url);
    await prox.get("/");
    const entry = await onlyLine(prox);
    const [connect, first, all] = [
      Number(entry["upstream_connect_ms"]),
      Number(entry["upstream_first_byte_ms"]),
      Number(entry["duration_ms"]),
    ];
    expect(connect).toBeGreaterThan(0);
    expect(first).toBeGreaterThanOrEqual(connect);
    expect(all).toBeGreaterThanOrEqual(first);
  });

  test("cannot be forged by what a client sends", async () => {
    using up = new Upstream();
    await using prox = front(up.url);
    await prox.get(
      '/a%22,%22status%22:200?q=%0a{"x"}'.replaceAll('"', "%22"),
      'Host: a\r\nUser-Agent: "},{"status":200\\\r\nReferer: \xe2\x80\xa8\xff\t"\r\n',
    );
    const entry = await onlyLine(prox);
    expect(prox.accessLog.lines[0]).toMatch(/^[ -~]+$/);
    expect(entry).toMatchObject({
      status: 200,
      path: "/a%22,%22status%22:200",
      query: "q=%0a{%22x%22}",
      user_agent: '"},{"status":200\\',
      referer: '\xe2\x80\xa8\xff\t"',
    });
  });

  test("in common format is one line a request", async () => {
    using up = new Upstream();
    await using prox = new Prox(
      `access_log: {format: common}\nroutes: {/: {type: proxy, target: '${up.url}'}}`,
    );
    await prox.get("/a?b=%22");
    await prox.answers("nonsense\r\n\r\n");
    await until(() => prox.accessLog.lines.length === 2);
    const time = "\\[\\d\\d/[A-Z][a-z]{2}/\\d{4}:\\d\\d:\\d\\d:\\d\\d \\+0000\\]";
    expect(prox.accessLog.lines[0]).toMatch(
      new RegExp(`^127\\.0\\.0\\.1 - - ${time} "GET /a\\?b=%22 HTTP/1\\.1" 200 2$`),
    );
    expect(prox.accessLog.lines[1]).toMatch(
      new RegExp(`^127\\.0\\.0\\.1 - - ${time} "-" 400 \\d+$`),
    );
  });
});

test("a drain lets what is under way finish, says so, and refuses no one wrongly", async () => {
  using up = new Upstream(() => undefined);
  const prox = front(up.url);
  const busy = await prox.sends(GET);
  await up.request();
  const idle = await prox.client();
  await until(() => prox.connections === 2);
  const drained = prox.drain();
  up.connections[0]?.send(ok("done"));
  const response = await busy.response();
  expect([response.body, response.header("connection")]).toEqual(["done", "close"]);
  busy.close();
  idle.close();
  await drained;
  expect(prox.connections).toBe(0);
  await until(() => up.connections[0]?.closed === true);
});
