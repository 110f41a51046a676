import { describe, expect, test } from "bun:test";
import { headerValue, headerValues } from "../../src/utils/header-list.ts";
import { CoreScene } from "../support/core-scene.ts";
import { FakeBody } from "../support/fake-handler.ts";
import { FakeUpstream, refusesConnections, upstreamResponse } from "../support/fake-upstream.ts";
import { readText } from "../support/read-body.ts";

describe("upstream addresses of a generation", () => {
  function addresses(yaml: string) {
    return new CoreScene(`routes:\n${yaml}`).addresses;
  }

  test("carry what a connection needs, and no path", () => {
    expect(addresses("  /: {type: proxy, target: 'http://up.example:8080/base'}")).toEqual([
      [
        {
          id: expect.any(String),
          scheme: "http",
          hostname: "up.example",
          port: 8080,
        },
        256,
      ],
    ]);
  });

  test("name a unix socket", () => {
    const [[address] = []] = addresses("  /: {type: proxy, target: 'unix:/run/up.sock'}");
    expect(address).toMatchObject({ scheme: "http", socketPath: "/run/up.sock" });
  });

  test("carry TLS settings, without those that are not set", () => {
    const [[address] = []] = addresses(
      "  /: {type: proxy, target: 'https://up', tls_upstream: {server_name: sni}}",
    );
    expect(address?.tls).toEqual({ serverName: "sni", insecureSkipVerify: false });
  });

  test("are the same where only the path differs, so that a pool is shared", () => {
    const [[one] = [], [two] = []] = addresses(
      "  /a: {type: proxy, target: 'http://up/a'}\n  /b: {type: proxy, target: 'http://up:80/b'}",
    );
    expect(one?.id).toBe(two?.id ?? "");
  });

  test.each([
    ["scheme", "http://up:443", "https://up:443"],
    ["host", "http://up", "http://down"],
    ["port", "http://up:1", "http://up:2"],
    ["socket", "unix:/a", "unix:/b"],
  ])("differ by %s", (_, first, second) => {
    const [[one] = [], [two] = []] = addresses(
      `  /a: {type: proxy, target: '${first}'}\n  /b: {type: proxy, target: '${second}'}`,
    );
    expect(one?.id).not.toBe(two?.id ?? "");
  });

  test("differ by TLS settings", () => {
    const [[one] = [], [two] = []] = addresses(
      "  /a: {type: proxy, target: 'https://up'}\n" +
        "  /b: {type: proxy, target: 'https://up', tls_upstream: {insecure_skip_verify: true}}",
    );
    expect(one?.id).not.toBe(two?.id ?? "");
  });

  test("come with the connections that the route allows", () => {
    const [[, most] = []] = addresses(
      "  /: {type: proxy, target: 'http://up', limits: {upstream_max_connections: 3}}",
    );
    expect(most).toBe(3);
  });
});

describe("Host towards an upstream", () => {
  async function hostFor(target: string, more = "", authority = "shop.example:81") {
    const scene = new CoreScene(`routes:\n  /: {type: proxy, target: '${target}'${more}}`);
    await scene.exchange("/", { authority });
    return headerValues(scene.upstream.requests[0]?.headers ?? [], "host");
  }

  test.each([
    ["http://up:8080", "", "shop.example:81"],
    ["unix:/run/up.sock", "", "shop.example:81"],
    ["https://up:8443", "", "up:8443"],
    ["https://up", "", "up"],
    ["https://up:443", "", "up"],
    ["https://[2001:db8::1]:8443", "", "[2001:db8::1]:8443"],
    ["https://up", ", preserve_host: true", "shop.example:81"],
    ["http://up:8080", ", preserve_host: false", "up:8080"],
    ["http://up:80", ", preserve_host: false", "up"],
    ["unix:/run/up.sock", ", preserve_host: false", "localhost"],
  ])("%s%s: %s", async (target, more, host) => {
    expect(await hostFor(target, more)).toEqual([host]);
  });
});

describe("a route of a generation", () => {
  test("joins prefix, rewrite and the target's path, and passes settings on", async () => {
    const scene = new CoreScene(
      "timeouts: {connect: 1s, idle: 2s}\nroutes:\n" +
        "  /api: {type: proxy, target: 'http://up/base', path_rewrite: /v2, timeouts: {response_header: 3s}}",
    );
    await scene.exchange("/api/x?y");
    expect(scene.upstream.requests[0]).toMatchObject({
      target: "/base/v2/x?y",
      timeouts: { connect: 1000, responseHeader: 3000, idle: 2000 },
    });
  });

  test("applies its limit on bodies", async () => {
    const scene = new CoreScene(
      "routes: {/: {type: proxy, target: 'http://up', limits: {max_request_body: 3}}}",
    );
    const response = await scene.exchange("/", { method: "POST", body: new Uint8Array(4) });
    expect(response.status).toBe(413);
    expect(scene.accessLog.entries[0]).toMatchObject({ reason: "body_too_large" });
  });

  test("balances by weight", async () => {
    const scene = new CoreScene(
      "routes: {/: {type: load_balance, targets: [{url: 'http://a', weight: 3}, 'http://b']}}",
    );
    for (let i = 0; i < 8; i++) await scene.exchange("/");
    const upstreams = scene.accessLog.entries.map((entry) => String(entry["upstream"]));
    expect(upstreams.filter((url) => url.startsWith("http://a"))).toHaveLength(6);
  });

  test("balances at random where that is asked for", async () => {
    const scene = new CoreScene(
      "routes: {/: {type: load_balance, strategy: random, targets: ['http://a', 'http://b']}}",
    );
    for (let i = 0; i < 64; i++) await scene.exchange("/");
    const picks = scene.accessLog.entries.map((entry) => entry["upstream"]).join(" ");
    const turns = Array.from({ length: 32 }, () => "http://a http://b").join(" ");
    // Strictly by turns once in 2^63 runs.
    expect(picks).not.toBe(turns);
    expect(new Set(picks.split(" ")).size).toBe(2);
  });

  test("serves files and redirects", async () => {
    const scene = new CoreScene(
      "routes:\n  /files: {type: static, root: /www}\n  /old: {type: redirect, target: /new, status_code: 301}",
      { files: { "a.txt": "hello" } },
    );
    const file = await scene.exchange("/files/a.txt");
    expect([file.status, await readText(file.body)]).toEqual([200, "hello"]);
    const moved = await scene.exchange("/old/x?y");
    expect([moved.status, headerValue(moved.headers, "location")]).toEqual([301, "/new/x?y"]);
  });

  test("applies response rules to answers and failures alike", async () => {
    const upstream = new FakeUpstream(
      () => upstreamResponse({ body: new FakeBody(["old"]) }),
      refusesConnections,
    );
    const scene = new CoreScene(
      "routes:\n  /:\n    type: proxy\n    target: http://up\n" +
        "    response_headers: {add: {x-id: '{request_id}'}}\n" +
        "    response_body: {set_text: 'from {upstream}', condition: {status_is: '2xx'}}\n",
      { upstream },
    );
    const good = await scene.exchange("/");
    expect(await readText(good.body)).toBe("from http://up");
    const bad = await scene.exchange("/");
    expect(bad.status).toBe(502);
    expect(await readText(bad.body)).toStartWith("502 ");
    const ids = [good, bad].map(({ headers }) => headerValue(headers, "x-id"));
    expect(ids).toEqual(scene.accessLog.entries.map((entry) => String(entry["request_id"])));
  });

  test.each([
    ["response_headers: {add: {x-a: b}}", "b", "old"],
    ["response_body: {set_text: new}", undefined, "new"],
  ])("applies either kind of response rule alone: %s", async (rule, field, body) => {
    const upstream = new FakeUpstream(() => upstreamResponse({ body: new FakeBody(["old"]) }));
    const scene = new CoreScene(`routes: {/: {type: proxy, target: 'http://up', ${rule}}}`, {
      upstream,
    });
    const response = await scene.exchange("/");
    expect(headerValue(response.headers, "x-a")).toBe(field);
    expect(await readText(response.body)).toBe(body);
  });

  test("applies request rules before the request leaves", async () => {
    const scene = new CoreScene(
      "routes:\n  /:\n    type: proxy\n    target: http://up\n" +
        "    request_headers: {remove: [cookie], add: {x-a: '{client_ip}'}}\n" +
        "    request_body: {set_json: {path: '{uri_path}'}}\n",
    );
    await scene.exchange("/p", {
      method: "POST",
      headers: ["cookie", "c"],
      body: new Uint8Array(1),
    });
    const [request] = scene.upstream.requests;
    expect(headerValue(request?.headers ?? [], "cookie")).toBeUndefined();
    expect(headerValue(request?.headers ?? [], "x-a")).toBe("192.0.2.7");
    expect(await readText(request?.body ?? null)).toBe('{"path":"/p"}');
  });
});
