// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of a configuration look like this
import { describe, expect, test } from "bun:test";
import { loadConfig } from "../../src/config/load.ts";
import type { ForwardAction, Plan, RouteAction } from "../../src/core/model.ts";
import { memoryFiles } from "./memory-files.ts";

const pem = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
const files = memoryFiles({ "/etc/prox": null, "/srv/www": null, site: null, "ca.pem": pem });

function load(text: string, env: Record<string, string> = {}) {
  return loadConfig(text, { file: "config.yaml", env, files });
}

function plan(text: string, env: Record<string, string> = {}): Plan {
  const { plan: made, issues } = load(text, env);
  if (made === null) throw new Error(JSON.stringify(issues));
  return made;
}

/** The action of the only route. */
function action(route: string): RouteAction {
  const [only] = plan(`listen_addr: 127.0.0.1:0\nroutes:\n  /r: ${route}\n`).routes;
  if (only === undefined) throw new Error("no route");
  return only.action;
}

function forward(route: string): ForwardAction {
  const found = action(route);
  if (found.type === "static" || found.type === "redirect") throw new Error(found.type);
  return found;
}

describe("loadConfig", () => {
  test("fills in every default", () => {
    const made = plan(
      "listen_addr: 127.0.0.1:8080\nroutes:\n  /: {type: proxy, target: 'http://a'}\n",
    );
    expect(made).toEqual({
      listen: { hostname: "127.0.0.1", port: 8080 },
      engine: "wire",
      routes: [
        {
          key: "/",
          host: null,
          prefix: "/",
          action: {
            type: "proxy",
            upstreams: [
              {
                url: "http://a",
                scheme: "http",
                hostname: "a",
                port: 80,
                socketPath: null,
                basePath: "",
                weight: 1,
                tls: null,
              },
            ],
            strategy: "round_robin",
            pathRewrite: null,
            preserveHost: null,
            browserHeaders: false,
            requestHeaders: [],
            requestBody: [],
            timeouts: made.timeouts,
            maxRequestBody: 0,
            upstreamMaxConnections: 256,
          },
          responseHeaders: [],
          responseBody: [],
        },
      ],
      trustedProxies: [],
      timeouts: {
        requestHeader: 10_000,
        requestBody: 60_000,
        connect: 5000,
        responseHeader: 60_000,
        idle: 300_000,
        keepAlive: 75_000,
      },
      limits: {
        maxRequestBody: 0,
        maxHeaderBytes: 16_384,
        maxUriBytes: 8192,
        maxConnections: 10_000,
        maxConnectionsPerIp: 0,
        upstreamMaxConnections: 256,
      },
      accessLog: { format: "json", path: null },
      log: { level: "info", format: null },
    });
  });

  test("makes a plan that survives JSON", () => {
    const made = plan(
      "listen_addr: 127.0.0.1:0\nroutes:\n  /: {type: proxy, target: 'http://a', request_headers: {add: {X: y}, condition: {method_is: get, not: {query_has: q}}}}\n",
    );
    expect(JSON.parse(JSON.stringify(made))).toEqual(made);
  });

  test.each([
    ["127.0.0.1:80", { hostname: "127.0.0.1", port: 80 }],
    ["'[::1]:0'", { hostname: "::1", port: 0 }],
    ["0.0.0.0:65535", { hostname: "0.0.0.0", port: 65_535 }],
  ])("reads the address %s", (text, listen) => {
    expect(
      plan(`listen_addr: ${text}\nroutes: {/: {type: redirect, target: /a}}\n`).listen,
    ).toEqual(listen);
  });

  test.each([
    ["/", null, "/"],
    ["/API/", null, "/API"],
    ["//a/../b/%7Ec", null, "/b/~c"],
    ["Example.COM/", "example.com", "/"],
    ["'*.Example.com/v1/'", "*.example.com", "/v1"],
    ["münchen.example/", "xn--mnchen-3ya.example", "/"],
  ])("takes the route key %s apart", (key, host, prefix) => {
    const [route] = plan(
      `listen_addr: 127.0.0.1:0\nroutes: {${key}: {type: redirect, target: /a}}\n`,
    ).routes;
    expect([route?.host, route?.prefix]).toEqual([host, prefix]);
  });

  test.each([
    [
      "http://Up.example:8080/Base/",
      {
        url: "http://up.example:8080/Base/",
        hostname: "up.example",
        port: 8080,
        basePath: "/Base/",
      },
    ],
    ["https://up", { url: "https://up", scheme: "https", port: 443, basePath: "" }],
    [
      "http://[2001:db8::1]/",
      { url: "http://[2001:db8::1]", hostname: "2001:db8::1", port: 80, basePath: "" },
    ],
    ["http://up:80/a/../b", { url: "http://up/b", port: 80, basePath: "/b" }],
    [
      "unix:/run/a.sock",
      { url: "unix:/run/a.sock", scheme: "http", hostname: "", port: 0, socketPath: "/run/a.sock" },
    ],
    ["unix:run/a.sock", { socketPath: "/etc/prox/run/a.sock" }],
    ["unix:///run/a.sock", { socketPath: "/run/a.sock" }],
  ])("reads the target %s", (target, expected) => {
    expect(forward(`{type: proxy, target: '${target}'}`).upstreams[0]).toMatchObject(expected);
  });

  test("keeps weights, and gives TLS settings to https targets only", () => {
    const { upstreams, type, strategy } = forward(
      "{type: load_balance, strategy: random, targets: ['http://a', {url: 'https://b', weight: 3}], tls_upstream: {ca: ca.pem, server_name: B.internal}}",
    );
    expect([type, strategy]).toEqual(["load_balance", "random"]);
    expect(upstreams.map(({ weight }) => weight)).toEqual([1, 3]);
    expect(upstreams.map(({ tls }) => tls)).toEqual([
      null,
      { ca: pem, cert: null, key: null, serverName: "b.internal", insecureSkipVerify: false },
    ]);
  });

  test("lays a route's limits over the top level's", () => {
    const made = plan(
      "listen_addr: 127.0.0.1:0\ntimeouts: {connect: 1s, idle: 0}\nlimits: {max_request_body: 1KiB}\nroutes:\n  /a: {type: proxy, target: 'http://a', timeouts: {connect: 2s}, limits: {upstream_max_connections: 3}}\n",
    );
    expect(made.routes[0]?.action).toMatchObject({
      timeouts: { connect: 2000, idle: 0, responseHeader: 60_000 },
      maxRequestBody: 1024,
      upstreamMaxConnections: 3,
    });
  });

  test("reads a static route", () => {
    expect(
      action("{type: static, root: ./site, spa_fallback: /app.html, index: [], browse: true}"),
    ).toEqual({
      type: "static",
      root: "/etc/prox/site",
      index: [],
      spaFallback: "app.html",
      precompressed: true,
      cacheControl: null,
      browse: true,
      dotfiles: false,
    });
  });

  test("reads rules, one or several", () => {
    const { requestHeaders, requestBody } = forward(
      "{type: proxy, target: 'http://a', request_headers: {remove: [Cookie], add: {X-A: a, Set-B: [b, c]}}, request_body: [{set_text: t}, {set_json: {a: [1, null]}, condition: {client_ip_in: [loopback]}}]}",
    );
    expect(requestHeaders).toEqual([
      {
        remove: ["cookie"],
        add: [
          ["x-a", ["a"]],
          ["set-b", ["b", "c"]],
        ],
        condition: null,
      },
    ]);
    expect(requestBody).toEqual([
      { contentType: "text/plain; charset=utf-8", template: "t", condition: null },
      {
        contentType: "application/json",
        template: '{"a":[1,null]}',
        condition: { clientIpIn: ["127.0.0.0/8", "::1/128"] },
      },
    ]);
  });

  test("turns variables into numbers and booleans where the schema wants them", () => {
    const text =
      "listen_addr: 127.0.0.1:0\nlimits: {max_connections: '${N}', max_request_body: '${N}'}\nroutes:\n  /: {type: proxy, target: 'http://a', preserve_host: '${B}', request_headers: {add: {X-N: '${N}'}}}\n";
    const made = plan(text, { N: "7", B: "true" });
    expect(made.limits).toMatchObject({ maxConnections: 7, maxRequestBody: 7 });
    expect(made.routes[0]?.action).toMatchObject({
      preserveHost: true,
      requestHeaders: [{ add: [["x-n", ["7"]]] }],
    });
  });

  test("gives a summary also of a bad configuration", () => {
    const {
      valid,
      plan: made,
      summary,
      yamlParsed,
    } = load(
      "listen_addr: nowhere\nroutes:\n  /a: {type: proxi}\n  /b: {type: redirect, target: /c}\n",
    );
    expect([valid, made, yamlParsed]).toEqual([false, null, true]);
    expect(summary).toEqual({ listenAddr: "nowhere", routes: 2, tls: false, healthChecks: false });
  });

  test("says whether the text was YAML", () => {
    expect(load("a: [").yamlParsed).toBe(false);
    expect(load("a: 1").yamlParsed).toBe(true);
  });

  test("names the path of each issue", () => {
    const { issues } = load(
      "listen_addr: 127.0.0.1:0\nroutes:\n  /lb:\n    type: load_balance\n    targets:\n      - http://a\n      - {url: http://b, weight: none}\n",
    );
    expect(issues).toMatchObject([
      {
        severity: "error",
        path: "routes./lb.targets[1].weight",
        code: "invalid_type",
        line: 7,
        column: 33,
      },
    ]);
  });
});
