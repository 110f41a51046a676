import { describe, expect, test } from "bun:test";
import { Prox, shared } from "./scene.ts";
import { type CapturedRequest, Upstream } from "./upstream.ts";

type Rules = Readonly<Record<string, unknown>>;

/** A Prox whose routes `/0`, `/1`, … have one set of rules each. JSON is YAML. */
function scene(up: Upstream, ...rules: readonly Rules[]): Prox {
  const routes = rules.map((rule, i) => [`/${i}`, { type: "proxy", target: up.url, ...rule }]);
  return shared(new Prox(`routes: ${JSON.stringify(Object.fromEntries(routes))}`));
}

describe("request_headers", () => {
  const up = shared(new Upstream());
  const prox = scene(
    up,
    { request_headers: { remove: ["X-A", "cookie"], add: { "X-B": "new", "x-list": ["1", "2"] } } },
    { request_headers: { remove: ["x-a"], add: { "x-a": "{header.x-a}!" } } },
    {
      request_headers: [
        { add: { "x-get": "1" }, condition: { method_is: "get" } },
        { add: { "x-path": "1" }, condition: { path_matches: "/deep$" } },
        { add: { "x-has": "1" }, condition: { has_header: { name: "X-C", value_matches: "^v" } } },
        { add: { "x-query": "1" }, condition: { query_has: "debug" } },
        { add: { "x-ip": "1" }, condition: { client_ip_in: ["127.0.0.0/8"] } },
        { add: { "x-not": "1" }, condition: { not: { method_is: "GET" } } },
        { add: { "x-both": "1" }, condition: { method_is: "GET", query_has: "debug" } },
      ],
    },
    {
      request_headers: {
        add: {
          "x-all":
            "{client_ip} {method} {host} {scheme} {uri_path} {query} {route} {upstream} {header.x-c}",
          "x-time": "{timestamp}",
          "x-iso": "{timestamp_iso}",
          "x-id": "id={request_id}",
          "x-empty": "{header.none}",
          host: "other.example",
        },
      },
    },
    { request_headers: { add: { "x-echo": "{header.x-c}" } } },
  );

  async function forwarded(target: string, ...lines: string[]): Promise<CapturedRequest> {
    const before = up.requests.length;
    await prox.get(
      target,
      ["Host: shop.example:81", ...lines].map((line) => `${line}\r\n`).join(""),
    );
    return up.request(before);
  }

  test("removes first, then adds: additions overwrite, lists send several", async () => {
    const { values } = await forwarded("/0", "X-A: a", "Cookie: c", "X-B: old", "X-B: older");
    expect(values("x-a")).toEqual([]);
    expect(values("cookie")).toEqual([]);
    expect(values("x-b")).toEqual(["new"]);
    expect(values("x-list")).toEqual(["1", "2"]);
  });

  test("a placeholder reads the request as it came", async () => {
    expect((await forwarded("/1", "X-A: a")).values("x-a")).toEqual(["a!"]);
  });

  test.each([
    ["/2", ["X-C: w"], ["x-get", "x-ip"]],
    ["/2/deep", ["X-C: value"], ["x-get", "x-path", "x-has", "x-ip"]],
    ["/2?debug", [], ["x-get", "x-query", "x-ip", "x-both"]],
    ["/2?nodebug=1", [], ["x-get", "x-ip"]],
  ])("conditions hold for %s with %j: %j", async (target, lines, names) => {
    const { fields } = await forwarded(target, ...lines);
    const added = ["x-get", "x-path", "x-has", "x-query", "x-ip", "x-not", "x-both"];
    expect(fields.map(([name]) => name).filter((name) => added.includes(name))).toEqual(names);
  });

  test("knows every placeholder, inside longer text too", async () => {
    const seconds = Math.floor(Date.now() / 1000);
    const { values } = await forwarded("/3/p?q=1", "X-C: c1", "X-C: c2");
    expect(values("x-all")).toEqual([
      `127.0.0.1 GET shop.example http /3/p q=1 /3 ${up.url} c1, c2`,
    ]);
    expect(Number(values("x-time")[0]) - seconds).toBeWithin(0, 10);
    expect(values("x-iso")[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(values("x-id")).toEqual([`id=${values("x-request-id")[0]}`]);
    expect(values("x-empty")).toEqual([]);
    expect(values("host")).toEqual(["other.example"]);
  });

  test("an empty value takes the client's own claim away", async () => {
    expect((await forwarded("/4", "X-Echo: forged")).values("x-echo")).toEqual([]);
  });
});

describe("response_headers", () => {
  const up = shared(
    new Upstream(({ line }) => {
      const status = /\/s\/(\d+)/.exec(line)?.[1] ?? "200";
      return `HTTP/1.1 ${status} X\r\nServer: up\r\nX-Kind: page\r\nContent-Length: 0\r\n\r\n`;
    }),
  );
  const dead = new Upstream();
  const { url } = dead;
  dead[Symbol.dispose]();
  const prox = scene(
    up,
    {
      response_headers: { remove: ["server"], add: { "X-Id": "{request_id}", "x-m": ["1", "2"] } },
    },
    {
      response_headers: [
        { add: { "x-code": "1" }, condition: { status_is: 404 } },
        { add: { "x-class": "1" }, condition: { status_is: "4xx" } },
        { add: { "x-list": "1" }, condition: { status_is: ["2xx", 404] } },
        {
          add: { "x-resp": "1" },
          condition: { has_header: { name: "x-kind", value_matches: "page" } },
        },
        {
          add: { "x-req": "1" },
          condition: { request_has_header: { name: "x-kind", value_matches: "." } },
        },
      ],
    },
    { target: url, response_headers: { add: { "access-control-allow-origin": "*" } } },
  );

  test("removes and adds", async () => {
    const response = await prox.get("/0");
    expect(response.header("server")).toBeUndefined();
    expect(response.header("x-id")).toMatch(/^[0-9a-f]{32}$/);
    expect(response.headers.filter(([name]) => name === "x-m")).toHaveLength(2);
  });

  test.each([
    ["/1/s/200", "", ["x-list", "x-resp"]],
    ["/1/s/404", "", ["x-code", "x-class", "x-list", "x-resp"]],
    ["/1/s/410", "X-Kind: r\r\n", ["x-class", "x-resp", "x-req"]],
    ["/1/s/500", "", ["x-resp"]],
  ])("conditions hold for %s with %j: %j", async (target, lines, names) => {
    const { headers } = await prox.get(target, `Host: a\r\n${lines}`);
    const added = ["x-code", "x-class", "x-list", "x-resp", "x-req"];
    expect(headers.map(([name]) => name).filter((name) => added.includes(name))).toEqual(names);
  });

  test("reach Prox's own answers", async () => {
    const response = await prox.get("/2");
    expect([response.status, response.header("access-control-allow-origin")]).toEqual([502, "*"]);
  });
});

describe("request_body", () => {
  const up = shared(new Upstream());
  const prox = scene(
    up,
    { request_body: { set_text: "from {client_ip} to {uri_path} \u00e4" } },
    { request_body: { set_json: { path: "{uri_path}", ua: "{header.user-agent}", n: [1, null] } } },
    { request_body: { set_text: "x", condition: { method_is: "PUT" } } },
    { request_body: [{ set_text: "one" }, { set_text: "two" }] },
  );

  async function posted(
    target: string,
    method = "POST",
    chunked = false,
  ): Promise<CapturedRequest> {
    const before = up.requests.length;
    const body = chunked
      ? "Transfer-Encoding: chunked\r\n\r\n3\r\nold\r\n0\r\n\r\n"
      : "Content-Length: 3\r\n\r\nold";
    await prox.answers(
      `${method} ${target} HTTP/1.1\r\nHost: a\r\nUser-Agent: "q"\\\r\nContent-Type: text/old\r\n` +
        `Content-Encoding: gzip\r\nContent-MD5: x\r\nDigest: y\r\n${body}`,
    );
    return up.request(before);
  }

  test.each([false, true])("takes the place of the old one (chunked: %p)", async (chunked) => {
    const { values, body } = await posted("/0/p", "POST", chunked);
    const text = "from 127.0.0.1 to /0/p \u00c3\u00a4";
    expect(body).toBe(text);
    expect(values("content-length")).toEqual([String(text.length)]);
    expect(values("transfer-encoding")).toEqual([]);
    expect(values("content-type")).toEqual(["text/plain; charset=utf-8"]);
    for (const name of ["content-encoding", "content-md5", "digest"]) {
      expect(values(name)).toEqual([]);
    }
  });

  test("JSON stays JSON, whatever a client puts in", async () => {
    const { values, body } = await posted("/1/p");
    expect(JSON.parse(body)).toEqual({ path: "/1/p", ua: '"q"\\', n: [1, null] });
    expect(values("content-type")).toEqual(["application/json"]);
  });

  test("stays as it is where the condition does not hold", async () => {
    expect((await posted("/2")).body).toBe("old");
    expect((await posted("/2", "PUT")).body).toBe("x");
  });

  test("the last rule that holds counts", async () => {
    expect((await posted("/3")).body).toBe("two");
  });

  test("leaves the connection fit for the next request", async () => {
    const client = await prox.client();
    for (let i = 0; i < 2; i++) {
      await client.send("POST /0 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nold");
      expect((await client.response()).status).toBe(200);
    }
  });
});

describe("response_body", () => {
  const up = shared(
    new Upstream(({ line }) => {
      const status = /\/s\/(\d+)/.exec(line)?.[1] ?? "200";
      const bare = status === "204" || status === "304" || line.startsWith("HEAD");
      const body = bare ? "" : "old";
      return (
        `HTTP/1.1 ${status} X\r\nETag: "a"\r\nContent-Encoding: gzip\r\nAccept-Ranges: bytes\r\nDigest: d\r\n` +
        `Last-Modified: Mon, 01 Jan 2024 00:00:00 GMT\r\nX-Kept: k\r\n` +
        `${status === "204" ? "" : "Content-Length: 3\r\n"}\r\n${body}`
      );
    }),
  );
  const prox = scene(
    up,
    { response_body: { set_text: "new {method}" } },
    { response_body: { set_json: { error: "down" }, condition: { status_is: "5xx" } } },
  );

  test("takes the place of the old one, and of what told of it", async () => {
    const response = await prox.get("/0");
    expect(response.body).toBe("new GET");
    expect(response.header("content-length")).toBe("7");
    expect(response.header("content-type")).toBe("text/plain; charset=utf-8");
    expect(response.header("x-kept")).toBe("k");
    for (const name of ["etag", "content-encoding", "accept-ranges", "digest", "last-modified"]) {
      expect(response.header(name)).toBeUndefined();
    }
  });

  test("HEAD is told its length", async () => {
    const bytes = "HEAD /0 HTTP/1.1\r\nHost: a\r\n\r\n";
    expect((await prox.answers(bytes, "HEAD")).header("content-length")).toBe("8");
  });

  test("a part becomes a whole", async () => {
    expect((await prox.get("/0/s/206")).status).toBe(200);
  });

  test.each([204, 304])("%d has none", async (status) => {
    const client = await prox.sends(
      `GET /0/s/${status} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
    );
    const text = await client.end();
    expect(text).toStartWith(`HTTP/1.1 ${status} `);
    expect(text).toEndWith("\r\n\r\n");
  });

  test("depends on its condition", async () => {
    expect((await prox.get("/1")).body).toBe("old");
    const broken = await prox.get("/1/s/503");
    expect([broken.status, broken.body]).toEqual([503, '{"error":"down"}']);
    expect(broken.header("content-type")).toBe("application/json");
  });

  test("gives the upstream's connection back or up, never mixed", async () => {
    for (let i = 0; i < 3; i++) expect((await prox.get("/0")).body).toBe("new GET");
    expect((await prox.get("/1")).body).toBe("old");
  });
});
