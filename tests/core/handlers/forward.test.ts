import { describe, expect, test } from "bun:test";
import type { ExchangeContext } from "../../../src/core/context.ts";
import { createForward, type ForwardOptions } from "../../../src/core/handlers/forward.ts";
import { compileRequestBodyOps } from "../../../src/core/transform/body-ops.ts";
import { compileRequestHeaderOps } from "../../../src/core/transform/header-ops.ts";
import { createRoundRobin } from "../../../src/core/upstream/selection/round-robin.ts";
import type { Upstream } from "../../../src/core/upstream/upstream.ts";
import type { ExchangeRequest, ExchangeResponse, HeaderList } from "../../../src/ports/exchange.ts";
import { type FailureReason, ProxError } from "../../../src/ports/failure.ts";
import type { UpstreamRequest } from "../../../src/ports/upstream-client.ts";
import { headerValue, headerValues } from "../../../src/utils/header-list.ts";
import { fakeContext, fakeRequest } from "../../support/fake-context.ts";
import { FakeBody } from "../../support/fake-handler.ts";
import { FakeClock } from "../../support/fake-ports.ts";
import {
  FakeUpstream,
  hangsUntilAborted,
  refusesConnections,
  upstreamResponse,
} from "../../support/fake-upstream.ts";
import { readText } from "../../support/read-body.ts";

const TIMEOUTS = { connect: 1, responseHeader: 2, idle: 3 };

function upstream(client: FakeUpstream, given: Partial<Upstream> = {}): Upstream {
  return {
    url: "http://up:1",
    client,
    authority: "up:1",
    preserveHost: true,
    rewritePath: (path) => path,
    ...given,
  };
}

function forward(
  upstreams: readonly Upstream[],
  context: ExchangeContext,
  options: Partial<ForwardOptions> = {},
): Promise<ExchangeResponse> {
  const handler = createForward({
    upstreams,
    selection: createRoundRobin(upstreams.map(() => 1)),
    timeouts: TIMEOUTS,
    maxRequestBody: 0,
    browserHeaders: false,
    headerOps: null,
    bodyOps: null,
    clock: new FakeClock(),
    ...options,
  });
  return Promise.resolve(handler(context));
}

/** Sends one request through one upstream and returns what that got. */
async function sent(
  request: Partial<ExchangeRequest>,
  options: Partial<ForwardOptions> & { readonly upstream?: Partial<Upstream> } = {},
): Promise<UpstreamRequest> {
  const client = new FakeUpstream();
  await forward([upstream(client, options.upstream)], fakeContext({}, request), options);
  const [only] = client.requests;
  if (only === undefined) throw new Error("nothing was sent");
  return only;
}

function fails(reason: FailureReason, options: { readonly requestSent?: boolean } = {}) {
  return () => {
    throw new ProxError(reason, "upstream", options);
  };
}

describe("what a forwarded request looks like", () => {
  test("method, rewritten path, query byte for byte, timeouts", async () => {
    const client = new FakeUpstream();
    const target = upstream(client, { rewritePath: (path) => `/base${path}` });
    const context = fakeContext({ path: "/a", query: "?x=%zz&&[]" }, { method: "PATCH" });
    await forward([target], context);
    expect(client.requests[0]).toMatchObject({
      method: "PATCH",
      target: "/base/a?x=%zz&&[]",
      timeouts: TIMEOUTS,
      expectContinue: false,
    });
  });

  test.each([
    ["the client's host", { preserveHost: true }, "shop.example", "shop.example"],
    ["the upstream's host", { preserveHost: false }, "shop.example", "up:1"],
    ["the upstream's host where HTTP/1.0 named none", { preserveHost: true }, "", "up:1"],
  ])("carries %s", async (_, given, authority, host) => {
    const { headers } = await sent({ authority }, { upstream: given });
    expect(headerValues(headers, "host")).toEqual([host]);
  });

  test("an upgrade is asked for of nobody: it goes on as a plain request", async () => {
    const { headers } = await sent({
      headers: ["connection", "Upgrade, HTTP2-Settings", "upgrade", "h2c", "http2-settings", "AAM"],
    });
    for (const name of ["connection", "upgrade", "http2-settings"]) {
      expect(headerValue(headers, name)).toBeUndefined();
    }
  });

  test("rules have the last word on fields, after browser defaults", async () => {
    const headerOps = compileRequestHeaderOps([
      { remove: ["user-agent"], add: [["x-up", ["{upstream}"]]], condition: null },
    ]);
    const { headers } = await sent({}, { headerOps, browserHeaders: true });
    expect(headerValue(headers, "user-agent")).toBeUndefined();
    expect(headerValue(headers, "accept-language")).toBeDefined();
    expect(headerValue(headers, "x-up")).toBe("http://up:1");
  });

  test("a body rule's bytes go in place of the client's, which nobody reads", async () => {
    const body = new FakeBody(["old"]);
    const bodyOps = compileRequestBodyOps([
      { contentType: "text/plain; charset=utf-8", template: "new", condition: null },
    ]);
    const request = await sent(
      { method: "POST", body, headers: ["expect", "100-continue"] },
      {
        bodyOps,
      },
    );
    expect(await readText(request.body)).toBe("new");
    expect(body).toMatchObject({ cancelled: true, reads: 0 });
    expect(request.expectContinue).toBe(false);
    expect(headerValue(request.headers, "expect")).toBeUndefined();
  });

  test.each([
    ["a body to come", new FakeBody(["x"]), true],
    ["no body", null, false],
  ])("waits for 100 where the client does, with %s", async (_, body, expectContinue) => {
    const request = await sent({ method: "POST", body, headers: ["expect", "100-continue"] });
    expect(request.expectContinue).toBe(expectContinue);
  });

  test.each(["TRACE", "CONNECT"])("%s is not forwarded", async (method) => {
    const client = new FakeUpstream();
    const answer = forward([upstream(client)], fakeContext({}, { method }));
    await expect(answer).rejects.toMatchObject({ reason: "method_not_forwarded" });
    expect(client.requests).toHaveLength(0);
  });

  test("a body over the limit is not forwarded", async () => {
    const client = new FakeUpstream();
    const context = fakeContext({}, { method: "POST", body: new FakeBody(["x"], 11) });
    const answer = forward([upstream(client)], context, { maxRequestBody: 10 });
    await expect(answer).rejects.toMatchObject({ reason: "body_too_large" });
    expect(client.requests).toHaveLength(0);
  });
});

describe("what comes back", () => {
  async function answered(
    headers: HeaderList,
    given: { readonly status?: number; readonly method?: string; readonly body?: FakeBody } = {},
  ): Promise<ExchangeResponse> {
    const { status = 200, method = "GET", body = null } = given;
    const client = new FakeUpstream(() => upstreamResponse({ status, headers, body }));
    return forward([upstream(client)], fakeContext({}, { method }));
  }

  test("the status, the end-to-end fields in order, and the body itself", async () => {
    const body = new FakeBody(["x"]);
    const fields = ["set-cookie", "a=1", "x-b", "2", "set-cookie", "c=3"];
    const response = await answered(["connection", "close", ...fields, "keep-alive", "5"], {
      status: 418,
      body,
    });
    expect(response.status).toBe(418);
    expect(response.headers).toEqual([...fields, "via", "1.1 prox"]);
    expect(response.body).toBe(body);
  });

  test.each([
    ["HEAD", 200, "5"],
    ["GET", 304, "5"],
    ["GET", 200, undefined],
  ])("%s %d states the length %s of a body that is not sent", async (method, status, length) => {
    const { headers } = await answered(["content-length", "5"], { method, status });
    expect(headerValue(headers, "content-length")).toBe(length);
  });

  test("interim answers pass, without hop-by-hop fields", async () => {
    const informed: unknown[] = [];
    const client = new FakeUpstream((request) => {
      request.inform(103, ["link", "</a>", "connection", "x", "x", "y"]);
      return upstreamResponse();
    });
    const request = fakeRequest({ inform: (...args) => informed.push(args) });
    await forward([upstream(client)], fakeContext({ request }));
    expect(informed).toEqual([[103, ["link", "</a>", "via", "1.1 prox"]]]);
  });

  test("times are noted: of connecting, and to the first byte of the try that worked", async () => {
    const clock = new FakeClock();
    const client = new FakeUpstream(
      () => {
        clock.advance(1000);
        return refusesConnections();
      },
      () => {
        clock.advance(30);
        return upstreamResponse({ connectMs: 7 });
      },
    );
    const context = fakeContext();
    await forward([upstream(client)], context, { clock });
    expect(context).toMatchObject({ connectMs: 7, firstByteMs: 30, retries: 1 });
  });
});

describe("a client that leaves", () => {
  test("ends the try, which is not repeated", async () => {
    const client = new FakeUpstream(hangsUntilAborted);
    const request = { ...fakeRequest(), aborted: false };
    const answer = forward([upstream(client)], fakeContext({ request }));
    request.aborted = true;
    request.abortListener?.aborted();
    await expect(answer).rejects.toMatchObject({ reason: "client_closed", source: "downstream" });
    expect(client.requests).toHaveLength(1);
  });

  test("gets no second try where the first one failed at the same time", async () => {
    const request = { ...fakeRequest(), aborted: false };
    const client = new FakeUpstream(() => {
      request.aborted = true;
      return refusesConnections();
    });
    const answer = forward([upstream(client)], fakeContext({ request }));
    await expect(answer).rejects.toMatchObject({ reason: "upstream_connect_refused" });
    expect(client.requests).toHaveLength(1);
  });
});

describe("a try that failed", () => {
  test("is repeated at the other upstream, which the log names", async () => {
    const dead = new FakeUpstream(refusesConnections);
    const alive = new FakeUpstream();
    const context = fakeContext();
    const targets = [upstream(dead, { url: "http://a" }), upstream(alive, { url: "http://b" })];
    const response = await forward(targets, context);
    expect(response.status).toBe(200);
    expect(context).toMatchObject({ upstream: "http://b", retries: 1 });
    expect([dead.requests.length, alive.requests.length]).toEqual([1, 1]);
  });

  test("is made anew for the other upstream: host, path and rules", async () => {
    const dead = new FakeUpstream(refusesConnections);
    const alive = new FakeUpstream();
    const headerOps = compileRequestHeaderOps([
      { remove: [], add: [["x-up", ["{upstream}"]]], condition: null },
    ]);
    const other = { url: "http://b", preserveHost: false, authority: "b" };
    const targets = [
      upstream(dead),
      upstream(alive, { ...other, rewritePath: (path: string) => `/b${path}` }),
    ];
    await forward(targets, fakeContext({ path: "/x" }), { headerOps });
    const [request] = alive.requests;
    expect(request?.target).toBe("/b/x");
    expect(headerValues(request?.headers ?? [], "host")).toEqual(["b"]);
    expect(headerValues(request?.headers ?? [], "x-up")).toEqual(["http://b"]);
  });

  test("is repeated at the only upstream where there is no other", async () => {
    const client = new FakeUpstream(fails("upstream_closed"), () => upstreamResponse());
    const response = await forward([upstream(client)], fakeContext());
    expect(response.status).toBe(200);
    expect(client.requests).toHaveLength(2);
  });

  test("is repeated once, no more; the last failure counts", async () => {
    const client = new FakeUpstream(refusesConnections, fails("upstream_reset"));
    const context = fakeContext();
    await expect(forward([upstream(client)], context)).rejects.toMatchObject({
      reason: "upstream_reset",
    });
    expect(client.requests).toHaveLength(2);
    expect(context.retries).toBe(1);
  });

  test("is not repeated where a POST may have had its effect", async () => {
    const client = new FakeUpstream(fails("upstream_closed"));
    const answer = forward([upstream(client)], fakeContext({}, { method: "POST" }));
    await expect(answer).rejects.toMatchObject({ reason: "upstream_closed" });
    expect(client.requests).toHaveLength(1);
  });

  test("is not repeated where its body was read, by way of a limit too", async () => {
    const client = new FakeUpstream(async (request) => {
      await readText(request.body);
      return refusesConnections();
    });
    const body = new FakeBody(["abc"]);
    const context = fakeContext({}, { method: "PUT", body });
    const answer = forward([upstream(client)], context, { maxRequestBody: 10 });
    await expect(answer).rejects.toMatchObject({ reason: "upstream_connect_refused" });
    expect(client.requests).toHaveLength(1);
  });

  test("is repeated with its body where that was not touched", async () => {
    const body = new FakeBody(["abc"]);
    const client = new FakeUpstream(refusesConnections, () => upstreamResponse());
    await forward([upstream(client)], fakeContext({}, { method: "POST", body }));
    expect(client.requests[1]?.body).toBe(body);
  });

  test("is repeated with a rule's body, which can be sent again", async () => {
    const bodyOps = compileRequestBodyOps([
      { contentType: "application/json", template: '{"id":"{request_id}"}', condition: null },
    ]);
    const client = new FakeUpstream(refusesConnections, () => upstreamResponse());
    const context = fakeContext({ requestId: "r" }, { method: "POST", body: new FakeBody(["x"]) });
    await forward([upstream(client)], context, { bodyOps });
    expect(await readText(client.requests[1]?.body ?? null)).toBe('{"id":"r"}');
  });
});

test("a route without upstreams has no healthy one", async () => {
  await expect(forward([], fakeContext())).rejects.toMatchObject({ reason: "no_healthy_upstream" });
});
