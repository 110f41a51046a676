import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Prox, shared } from "./scene.ts";
import { ok, Upstream } from "./upstream.ts";

/** Answers with the request line that came, and which upstream this is. */
const named = (name: string) => new Upstream(({ line }) => ok(`${name} ${line}`));

const folder = mkdtempSync(join(tmpdir(), "prox-unix-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("matching", () => {
  const up = shared(new Upstream());
  const route = (key: string) => `  ${key}: {type: proxy, target: '${up.url}'}\n`;
  const keys = [
    "/",
    "/api",
    "/api/deep/",
    "/files",
    "exact.example/",
    "exact.example/api",
    "'*.example/'",
    "'*.example/api'",
    "'*.sub.example/'",
  ];
  const prox = shared(new Prox(`routes:\n${keys.map(route).join("")}`));

  test.each([
    ["any.test", "/", "/"],
    ["any.test", "/api", "/api"],
    ["any.test", "/api/", "/api"],
    ["any.test", "/api/x", "/api"],
    ["any.test", "/api?x=/files", "/api"],
    ["any.test", "/apikeys", "/"],
    ["any.test", "/API", "/"],
    ["any.test", "/api%2fx", "/"],
    ["any.test", "/api/deep", "/api/deep/"],
    ["any.test", "/api/deep/x", "/api/deep/"],
    ["any.test", "/api/deeper", "/api"],
    ["any.test", "//api//x", "/api"],
    ["any.test", "/x/../api", "/api"],
    ["any.test", "/api/../files", "/files"],
    ["any.test", "/a%70i/x", "/api"],
    ["any.test", "/%66iles", "/files"],
    ["exact.example", "/", "exact.example/"],
    ["EXACT.example:8080", "/x", "exact.example/"],
    ["exact.example.", "/x", "exact.example/"],
    ["exact.example", "/api/x", "exact.example/api"],
    // Host beats no host, also where the prefix without host is longer.
    ["exact.example", "/files", "exact.example/"],
    ["exact.example", "/api/deep", "exact.example/api"],
    // Exact beats wildcard; a wildcard is one label.
    ["other.example", "/", "*.example/"],
    ["other.example", "/api", "*.example/api"],
    ["a.b.example", "/", "/"],
    ["example", "/", "/"],
    ["a.sub.example", "/", "*.sub.example/"],
  ])("http://%s%s goes to %s", async (host, target, key) => {
    const before = prox.accessLog.lines.length;
    await prox.get(target, `Host: ${host}\r\n`);
    expect(await prox.logged(before)).toMatchObject({ route: key, status: 200 });
  });

  test("the absolute form names host and path as well", async () => {
    const before = prox.accessLog.lines.length;
    await prox.get("http://exact.example/api/x?y", "Host: exact.example\r\n");
    expect(await prox.logged(before)).toMatchObject({
      route: "exact.example/api",
      path: "/api/x",
      query: "y",
    });
  });
});

test("a request that no route fits gets 404", async () => {
  await using prox = new Prox("routes: {/api: {type: redirect, target: /x}}");
  const response = await prox.get("/apikeys");
  expect(response.status).toBe(404);
  expect(response.body).toContain(response.header("x-request-id") ?? "none");
  expect(await prox.logged()).toMatchObject({ reason: "no_route", status: 404 });
});

describe("the path that is forwarded", () => {
  const up = shared(new Upstream(({ line }) => ok(line)));
  const routes = [
    ["/plain", "", ""],
    ["/lone", "/", ""],
    ["/base", "/b", ""],
    ["/slash", "/b/", ""],
    ["/strip", "", "/"],
    ["/rewrite", "", "/v2"],
    ["/rewrite-slash", "", "/v2/"],
    ["/both", "/b", "/v2"],
    ["/both-strip", "/b", "/"],
    ["/esc", "/b%2fc", ""],
  ].map(
    ([key, path, rewrite]) =>
      `  ${key}: {type: proxy, target: '${up.url}${path}'${rewrite ? `, path_rewrite: ${rewrite}` : ""}}\n`,
  );
  const prox = shared(new Prox(`routes:\n${routes.join("")}`));

  test.each([
    ["/plain", "/plain"],
    ["/plain/", "/plain/"],
    ["/plain/x/", "/plain/x/"],
    ["/lone/x", "/lone/x"],
    ["/base", "/b"],
    ["/base/", "/b/"],
    ["/base/x", "/b/x"],
    ["/slash", "/b/"],
    ["/slash/", "/b/"],
    ["/slash/x", "/b/x"],
    ["/strip", "/"],
    ["/strip/", "/"],
    ["/strip/x", "/x"],
    ["/rewrite", "/v2"],
    ["/rewrite/x", "/v2/x"],
    ["/rewrite-slash/x", "/v2/x"],
    ["/both/x", "/b/v2/x"],
    ["/both-strip/x", "/b/x"],
    ["/esc/x", "/b%2fc/x"],
    // What was checked is what is sent.
    ["/plain/a//b/./c/../d", "/plain/a/b/d"],
    ["/x/../plain/y", "/plain/y"],
    ["/pl%61in/%7Ex", "/plain/~x"],
    // An encoded slash stays as it came, in either case.
    ["/plain/@scope%2fname", "/plain/@scope%2fname"],
    ["/plain/@scope%2Fname%5c%5C", "/plain/@scope%2Fname%5c%5C"],
    ["/strip/@scope%2fname", "/@scope%2fname"],
    ["/plain/a%20b%25%c3%a9;p=1:@!$&'()*+,=", "/plain/a%20b%25%c3%a9;p=1:@!$&'()*+,="],
    // The query goes byte for byte.
    ["/plain?", "/plain?"],
    ["/plain?a=1&a=2&&=&b", "/plain?a=1&a=2&&=&b"],
    ["/plain?%2e%2E/../%zz%00\\|^`{}[]", "/plain?%2e%2E/../%zz%00\\|^`{}[]"],
    ["/plain?a?b", "/plain?a?b"],
    ["/rewrite/x?next=/rewrite/y", "/v2/x?next=/rewrite/y"],
    ["/strip?q=//x", "/?q=//x"],
    ["/base?q", "/b?q"],
  ])("%s becomes %s", async (asked, sent) => {
    expect((await prox.get(asked)).body).toBe(`GET ${sent} HTTP/1.1`);
  });

  test.each([
    "/plain/%00",
    "/plain/a\\b",
    "/..",
    "/plain/../../x",
    "/%2e%2e/x",
    "/plain/..%2fx",
    "/plain/%2e%2e%2fx",
    "/plain/.%2e%5cx",
    "/plain/x%2f..",
    "/plain/%2f../x%2f.",
    "/plain/%zz",
    "/plain/%",
    "/plain/x#y",
    "/plain/\xc3\xa9",
    "/plain?\xe9",
  ])("%s is refused with 400", async (asked) => {
    const before = up.requests.length;
    const logged = prox.accessLog.lines.length;
    expect((await prox.get(asked)).status).toBe(400);
    expect(up.requests).toHaveLength(before);
    const entry = await prox.logged(logged);
    expect(entry["status"]).toBe(400);
    expect(["bad_path", "malformed_request"]).toContain(String(entry["reason"]));
  });
});

describe("Host towards the upstream", () => {
  const socketPath = join(folder, "up.sock");
  const answer = ({ values }: { values(name: string): string[] }) => ok(values("host").join("|"));
  const up = shared(new Upstream(answer));
  const unix = shared(new Upstream(answer, { unix: socketPath }));
  const prox = shared(
    new Prox(
      "routes:\n" +
        `  /http: {type: proxy, target: '${up.url}'}\n` +
        `  /own: {type: proxy, target: '${up.url}', preserve_host: false}\n` +
        `  /unix: {type: proxy, target: 'unix:${socketPath}'}\n` +
        `  /unix-own: {type: proxy, target: 'unix:${socketPath}', preserve_host: false}\n`,
    ),
  );

  test.each([
    ["/http", "Shop.Example:81", "shop.example:81"],
    ["/own", "shop.example", `127.0.0.1:${up.port}`],
    ["/unix", "shop.example", "shop.example"],
    ["/unix-own", "shop.example", "localhost"],
  ])("%s, asked for as %s: %s", async (path, asked, sent) => {
    expect((await prox.get(path, `Host: ${asked}\r\n`)).body).toBe(sent);
    expect(unix.connections.length).toBeLessThan(3);
  });

  test("is the upstream's where an HTTP/1.0 client names none", async () => {
    const { body } = await prox.answers("GET /http HTTP/1.0\r\n\r\n");
    expect(body).toBe(`127.0.0.1:${up.port}`);
  });
});

describe("load_balance", () => {
  async function picks(targets: string, count: number) {
    await using prox = new Prox(`routes: {/: {type: load_balance, targets: ${targets}}}`);
    const client = await prox.client();
    for (let i = 0; i < count; i++) await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    let picked = "";
    for (let i = 0; i < count; i++) picked += (await client.response()).body[0];
    return picked;
  }

  test("takes turns", async () => {
    using a = named("a");
    using b = named("b");
    expect(await picks(`['${a.url}', '${b.url}']`, 6)).toBe("ababab");
  });

  test("takes turns by weight, smoothly", async () => {
    using a = named("a");
    using b = named("b");
    using c = named("c");
    const targets = `[{url: '${a.url}', weight: 5}, '${b.url}', {url: '${c.url}', weight: 1}]`;
    expect(await picks(targets, 14)).toBe("aabacaaaabacaa");
  });

  test("joins each target's own path", async () => {
    using up = new Upstream(({ line }) => ok(line));
    await using prox = new Prox(
      `routes: {/x: {type: load_balance, targets: ['${up.url}/a', '${up.url}/b']}}`,
    );
    expect((await prox.get("/x/1")).body).toBe("GET /a/1 HTTP/1.1");
    expect((await prox.get("/x/1")).body).toBe("GET /b/1 HTTP/1.1");
  });

  test("goes to another target where one refuses connections", async () => {
    using alive = named("a");
    const dead = new Upstream();
    const { url } = dead;
    dead[Symbol.dispose]();
    await using prox = new Prox(
      `routes: {/: {type: load_balance, targets: ['${url}', '${alive.url}']}}`,
    );
    for (let i = 0; i < 4; i++) {
      const body = "x".repeat(10);
      const response = await prox.answers(
        `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n${body}`,
      );
      expect(response.status).toBe(200);
    }
    expect(alive.requests.map(({ body }) => body)).toEqual(Array(4).fill("xxxxxxxxxx"));
    await prox.logged(3);
    const retried = prox.accessLog.entries.filter((entry) => entry["retries"] === 1);
    expect(retried.length).toBeGreaterThan(0);
    expect(new Set(prox.accessLog.entries.map((entry) => entry["upstream"]))).toEqual(
      new Set([alive.url]),
    );
  });
});

describe("redirect", () => {
  const prox = shared(
    new Prox(
      "routes:\n" +
        "  /old: {type: redirect, target: 'https://new.example/docs'}\n" +
        "  /moved: {type: redirect, target: /new, status_code: 301}\n" +
        "  /see: {type: redirect, target: 'https://new.example', status_code: 303}\n" +
        "  /all: {type: redirect, target: 'https://new.example/', status_code: 308, response_headers: {add: {x-a: b}}}\n",
    ),
  );

  test.each([
    ["/old", 307, "https://new.example/docs"],
    ["/old/a/b?c=d&&", 307, "https://new.example/docs/a/b?c=d&&"],
    ["/moved/a?b", 301, "/new/a?b"],
    ["/see", 303, "https://new.example/"],
    ["/see/x", 303, "https://new.example/x"],
    ["/see//evil.example", 303, "https://new.example/evil.example"],
    ["/see/@evil.example", 303, "https://new.example/@evil.example"],
    ["/see%2f@evil.example", 404, undefined],
    ["/all/x", 308, "https://new.example/x"],
  ])("%s: %d to %s", async (asked, status, location) => {
    const response = await prox.get(asked);
    expect([response.status, response.header("location")]).toEqual([status, location]);
  });

  test("answers HEAD without a body", async () => {
    const client = await prox.sends("HEAD /old HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    const text = await client.end();
    expect(text).toStartWith("HTTP/1.1 307 ");
    expect(text).toEndWith("\r\n\r\n");
  });

  test("keeps response rules", async () => {
    expect((await prox.get("/all")).header("x-a")).toBe("b");
  });
});
