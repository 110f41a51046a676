import { describe, expect, test } from "bun:test";
import { hostname } from "../../src/core/dispatch.ts";
import type { FailureReason } from "../../src/ports/failure.ts";
import { ProxError } from "../../src/ports/failure.ts";
import { headerValue } from "../../src/utils/header-list.ts";
import { CoreScene } from "../support/core-scene.ts";
import { FakeBody } from "../support/fake-handler.ts";
import {
  FakeUpstream,
  hangsUntilAborted,
  refusesConnections,
  upstreamResponse,
} from "../support/fake-upstream.ts";
import { readText } from "../support/read-body.ts";

const PROXY = "routes:\n  /api: {type: proxy, target: http://10.0.0.9:8080}\n";

function failsWith(error: unknown): FakeUpstream {
  return new FakeUpstream(() => {
    throw error;
  });
}

describe("Dispatch", () => {
  test("hands a request to its route, and logs it once when the answer has left", async () => {
    const scene = new CoreScene(PROXY);
    const response = await scene.answer("/api/x?a=1", { headers: ["user-agent", "t"] });
    expect(scene.accessLog.lines).toHaveLength(0);
    scene.clock.advance(12.5);
    scene.send(response, { bytesIn: 3, bytesOut: 4 });
    expect(scene.upstream.requests[0]?.target).toBe("/api/x?a=1");
    expect(scene.accessLog.entries).toEqual([
      expect.objectContaining({
        client_ip: "192.0.2.7",
        method: "GET",
        host: "example.com",
        path: "/api/x",
        query: "a=1",
        route: "/api",
        upstream: "http://10.0.0.9:8080",
        status: 200,
        bytes_in: 3,
        bytes_out: 4,
        duration_ms: 12.5,
      }),
    ]);
    expect(scene.accessLog.entries[0]).not.toHaveProperty("reason");
  });

  test.each([
    ["/nowhere", "no_route", 404],
    ["/api/..%2fx", "bad_path", 400],
    ["/api/%00", "bad_path", 400],
    ["/../x", "bad_path", 400],
    ["/a\\b", "bad_path", 400],
  ])("refuses %s as %s, in the log too", async (target, reason, status) => {
    const scene = new CoreScene(PROXY);
    const response = await scene.exchange(target);
    expect(response.status).toBe(status);
    expect(scene.accessLog.entries).toEqual([
      expect.objectContaining({ path: target, reason, status }),
    ]);
    // A stranger's guesses are no news for the operator.
    expect(scene.logger.lines).toHaveLength(0);
  });

  test("logs the query of a refused path apart from it", async () => {
    const scene = new CoreScene(PROXY);
    await scene.exchange("/a\\b?c?d");
    expect(scene.accessLog.entries[0]).toMatchObject({ path: "/a\\b", query: "c?d" });
  });

  test("answers OPTIONS * itself, whatever the routes are", async () => {
    const scene = new CoreScene(PROXY);
    const response = await scene.exchange("*", { method: "OPTIONS" });
    expect(response).toMatchObject({ status: 204, body: null });
    expect(headerValue(response.headers, "allow")).toContain("OPTIONS");
    expect(scene.accessLog.entries[0]).toMatchObject({ method: "OPTIONS", path: "*", status: 204 });
    expect(scene.upstream.requests).toHaveLength(0);
  });

  test.each(["TRACE", "CONNECT"])(
    "refuses %s, with the methods that it forwards",
    async (method) => {
      const scene = new CoreScene(PROXY);
      const response = await scene.exchange("/api", { method });
      expect(response.status).toBe(405);
      expect(headerValue(response.headers, "allow")).toContain("PATCH");
      expect(scene.accessLog.entries[0]).toMatchObject({ reason: "method_not_forwarded" });
    },
  );

  test.each<[string, unknown, FailureReason, number, string]>([
    [
      "an upstream's failure",
      new ProxError("upstream_timeout_header", "upstream", { cause: "10.0.0.9 is slow" }),
      "upstream_timeout_header",
      504,
      "warn",
    ],
    ["a fault of our own", new TypeError("10.0.0.9 boom"), "internal_error", 500, "error"],
  ])(
    "answers %s without its cause, and logs it with it",
    async (_, error, reason, status, level) => {
      const scene = new CoreScene(PROXY, { upstream: failsWith(error) });
      const response = await scene.exchange("/api", { headers: ["accept", "application/json"] });
      expect(response.status).toBe(status);
      const text = await readText(response.body);
      expect(text + response.headers.join(" ")).not.toContain("10.0.0.9");
      const [entry] = scene.accessLog.entries;
      expect(entry).toMatchObject({ reason, status, upstream: "http://10.0.0.9:8080" });
      expect(JSON.parse(text)).toMatchObject({ error: reason, request_id: entry?.["request_id"] });
      expect(headerValue(response.headers, "x-request-id")).toBe(String(entry?.["request_id"]));
      expect(scene.logger.lines).toEqual([expect.objectContaining({ level, message: reason })]);
      expect(String(scene.logger.lines[0]?.fields["cause"])).toContain("10.0.0.9");
    },
  );

  test("answers what a handler throws at once", async () => {
    const scene = new CoreScene("routes: {/: {type: static, root: /www}}");
    const response = await scene.exchange("/x", { method: "POST" });
    expect(response.status).toBe(405);
    expect(headerValue(response.headers, "allow")).toBe("GET, HEAD");
    expect(scene.accessLog.entries[0]).toMatchObject({ reason: "method_not_allowed", route: "/" });
  });

  test("notes the tries that were made in vain", async () => {
    const upstream = new FakeUpstream(refusesConnections, () => upstreamResponse());
    const scene = new CoreScene(PROXY, { upstream });
    await scene.exchange("/api");
    expect(scene.accessLog.entries).toEqual([expect.objectContaining({ status: 200, retries: 1 })]);
  });

  test("logs a client that left as 499, once, and releases the upstream", async () => {
    const scene = new CoreScene(PROXY, { upstream: new FakeUpstream(hangsUntilAborted) });
    const request = {
      ...scene.request("/api"),
      aborted: false,
    };
    const answer = scene.dispatch.handle(request);
    request.aborted = true;
    request.abortListener?.aborted();
    const response = await answer;
    scene.send(response, { status: 499, bytesOut: 0, failure: "client_closed" });
    expect(scene.accessLog.entries).toEqual([
      expect.objectContaining({ status: 499, reason: "client_closed", bytes_out: 0 }),
    ]);
    expect(scene.logger.lines.map(({ level }) => level)).toEqual(["debug"]);
  });

  test("logs an answer that broke off with its status and why", async () => {
    const scene = new CoreScene(PROXY);
    scene.send(await scene.answer("/api"), { bytesOut: 9, failure: "upstream_truncated" });
    expect(scene.accessLog.entries).toEqual([
      expect.objectContaining({ status: 200, reason: "upstream_truncated", bytes_out: 9 }),
    ]);
  });

  test("answers instead of a body that failed before anything was sent, as the same exchange", async () => {
    const scene = new CoreScene(PROXY);
    const first = await scene.answer("/api");
    const error = new ProxError("upstream_truncated", "upstream", { cause: "too short" });
    const second = first.observer?.failed?.(error);
    if (second === undefined) throw new Error("no answer");
    expect(second.status).toBe(502);
    scene.send(second);
    const [entry] = scene.accessLog.entries;
    expect(scene.accessLog.lines).toHaveLength(1);
    expect(entry).toMatchObject({ route: "/api", status: 502, reason: "upstream_truncated" });
    expect(headerValue(second.headers, "x-request-id")).toBe(String(entry?.["request_id"]));
    expect(scene.logger.lines[0]).toMatchObject({ level: "warn", fields: { cause: "too short" } });
  });

  test("keeps the first reason: a refusal whose client left stays a refusal", async () => {
    const scene = new CoreScene(PROXY);
    scene.send(await scene.answer("/nowhere"), { failure: "client_closed" });
    expect(scene.accessLog.entries[0]).toMatchObject({ reason: "no_route", status: 404 });
  });

  test("tells routes apart by host, without port, without the dot of the root", async () => {
    const scene = new CoreScene(
      "routes:\n  a.example/: {type: redirect, target: /a}\n  /: {type: redirect, target: /any}\n",
    );
    for (const [authority, route] of [
      ["a.example", "a.example/"],
      ["a.example:8080", "a.example/"],
      ["a.example.", "a.example/"],
      ["a.example.:80", "a.example/"],
      ["b.example", "/"],
      ["", "/"],
    ] as const) {
      await scene.exchange("/", { authority });
      expect(scene.accessLog.entries.at(-1)).toMatchObject({ route });
    }
  });

  test.each<[FailureReason, number]>([
    ["malformed_request", 400],
    ["header_timeout", 408],
    ["uri_too_long", 414],
    ["connection_limit", 503],
  ])("logs what an engine refuses: %s", (reason, status) => {
    const scene = new CoreScene(PROXY);
    const response = scene.refuse({ reason });
    expect(response.status).toBe(status);
    const [entry] = scene.accessLog.entries;
    expect(entry).toMatchObject({ reason, status, client_ip: "192.0.2.7" });
    expect(entry).not.toHaveProperty("method");
    expect(entry).not.toHaveProperty("path");
    expect(scene.accessLog.lines).toHaveLength(1);
    expect(scene.logger.lines).toHaveLength(0);
  });

  test("logs of a refused request what could be read", () => {
    const scene = new CoreScene(`trusted_proxies: [loopback]\n${PROXY}`);
    const response = scene.refuse({
      reason: "body_timeout",
      connection: { remoteAddress: "127.0.0.1", localPort: 80 },
      method: "POST",
      target: "/x?y",
      headers: ["x-forwarded-for", "198.51.100.1", "x-request-id", "abc", "accept", "a/json"],
    });
    expect(headerValue(response.headers, "x-request-id")).toBe("abc");
    expect(headerValue(response.headers, "content-type")).toBe("application/json");
    expect(scene.accessLog.entries[0]).toMatchObject({
      method: "POST",
      path: "/x",
      query: "y",
      client_ip: "198.51.100.1",
      request_id: "abc",
    });
  });

  test("serves without an access log", async () => {
    const scene = new CoreScene(`access_log: {format: off}\n${PROXY}`);
    expect((await scene.exchange("/api")).status).toBe(200);
    expect(scene.accessLog.lines).toHaveLength(0);
  });

  test("writes the common format where that is asked for", async () => {
    const scene = new CoreScene(`access_log: {format: common}\n${PROXY}`);
    await scene.exchange("/api?x");
    expect(scene.accessLog.lines[0]).toMatch(
      /^192\.0\.2\.7 - - \[.+\] "GET \/api\?x HTTP\/1\.1" 200 -$/,
    );
  });

  test("writes a refused request in it as it came", () => {
    const scene = new CoreScene(`access_log: {format: common}\n${PROXY}`);
    scene.refuse({ reason: "uri_too_long", method: "GET", target: "/x?y" });
    expect(scene.accessLog.lines[0]).toContain('"GET /x?y HTTP/1.1" 414 ');
  });

  test("hands the upstream's body on as it is", async () => {
    const body = new FakeBody(["x"]);
    const scene = new CoreScene(PROXY, {
      upstream: new FakeUpstream(() => upstreamResponse({ body })),
    });
    expect((await scene.exchange("/api")).body).toBe(body);
  });
});

describe("hostname", () => {
  test.each([
    ["example.com", "example.com"],
    ["example.com:80", "example.com"],
    ["example.com.", "example.com"],
    ["example.com.:80", "example.com"],
    ["[2001:db8::1]", "[2001:db8::1]"],
    ["[2001:db8::1]:80", "[2001:db8::1]"],
    ["", ""],
  ])("of %j is %j", (authority, name) => {
    expect(hostname(authority)).toBe(name);
  });
});
