import { afterEach, describe, expect, test } from "bun:test";
import type { ExchangeResponse } from "../../../src/ports/exchange.ts";
import { type EngineOptions, Scene } from "../../contract/http1-engine/case.ts";
import { FakeBody, gate, text } from "../../support/fake-handler.ts";
import { readText } from "../../support/read-body.ts";
import { startServeEngine } from "../../support/serve-engine.ts";
import { BAD_REQUESTS } from "../../support/smuggling-corpus.ts";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

const scenes: Scene[] = [];
function newScene(): Scene {
  const scene = new Scene(async (handler, options: EngineOptions) => {
    const engine = startServeEngine(handler, options);
    return { port: engine.port, engine };
  }, 4_000);
  scenes.push(scene);
  return scene;
}
afterEach(async () => {
  for (const scene of scenes.splice(0)) await scene.end();
});

describe("answers", () => {
  test("answers 500 instead of fields that the runtime does not take, and tells both observers", async () => {
    const scene = newScene();
    const body = new FakeBody(["x"]);
    const handler = await scene.serve(() => ({ status: 200, headers: ["x-a", "\u4e00"], body }));
    const response = await (await scene.sends(GET)).response();
    expect(response.status).toBe(500);
    expect(body.cancelled).toBe(true);
    expect(handler.outcomes.map(({ status, failure }) => [status, failure])).toEqual([
      [500, "internal_error"],
      [500, undefined],
    ]);
  });

  test("sends 205 without content, and gives the body up", async () => {
    const scene = newScene();
    const body = new FakeBody(["x"]);
    const handler = await scene.serve(() => ({ status: 205, headers: [], body }));
    const response = await (await scene.sends(GET)).response();
    expect([response.status, response.body]).toEqual([205, ""]);
    expect(body.cancelled).toBe(true);
    expect(handler.outcomes).toEqual([{ status: 205, bytesIn: 0, bytesOut: 0 }]);
  });

  test.each([[[]], [["content-type", ""]]])("adds no media type to fields %p", async (headers) => {
    const scene = newScene();
    await scene.serve(() => text("abc", headers));
    const response = await (await scene.sends(GET)).response();
    expect(response.body).toBe("abc");
    expect(response.header("content-type") ?? "").toBe("");
  });

  test("dates answers to HEAD", async () => {
    const scene = newScene();
    await scene.serve(() => text("abc"));
    const client = await scene.sends("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    const response = await client.response("HEAD");
    expect(Date.parse(response.header("date") ?? "")).toBeGreaterThan(0);
  });

  test("breaks an answer off whose body fails before its first byte", async () => {
    const scene = newScene();
    const body = new FakeBody([new Error("boom")]);
    const handler = await scene.serve(() => ({ status: 200, headers: [], body }));
    const client = await scene.sends(GET);
    await client.until(() => client.closed, "the reset");
    expect(client.reset).toBe(true);
    expect(handler.outcomes).toEqual([
      { status: 200, bytesIn: 0, bytesOut: 0, failure: "internal_error" },
    ]);
  });

  test("breaks an answer to HTTP/1.0 off with a reset, since its end looks like any other", async () => {
    const scene = newScene();
    const later = gate<string>();
    const handler = await scene.serve(() => ({
      status: 200,
      headers: [],
      body: new FakeBody(["abc", later.promise]),
    }));
    const client = await scene.sends("GET / HTTP/1.0\r\nHost: a\r\n\r\n");
    await client.until(() => client.buffered.includes("abc"), "the first chunk");
    later.fail(new Error("boom"));
    await client.until(() => client.closed, "the reset");
    expect(client.reset).toBe(true);
    expect(handler.outcomes[0]?.failure).toBe("internal_error");
  });

  test("announces no trailers, since it can send none", async () => {
    const scene = newScene();
    await scene.serve(() => text("abc", ["trailer", "x-sum"]));
    expect((await (await scene.sends(GET)).response()).header("trailer")).toBeUndefined();
  });
});

describe("clients", () => {
  test("cuts a client that takes nothing of its answer", async () => {
    const scene = newScene();
    const body = new FakeBody([new Uint8Array(30_000_000), "x"], 30_000_001);
    const handler = await scene.serve(() => ({ status: 200, headers: [], body }), { idle: 60 });
    const client = await scene.client();
    client.countOnly();
    client.pause();
    await client.send(GET);
    await scene.until(() => handler.outcomes.length === 1, "the outcome");
    expect(handler.outcomes[0]?.failure).toBe("client_idle_timeout");
    expect(body.cancelled).toBe(true);
    client.resume();
    await client.until(() => client.closed, "the cut");
    expect(client.reset).toBe(true);
  });

  test("lets a client have its early answer that goes on sending, then serves it again", async () => {
    const scene = newScene();
    const handler = await scene.serve((request) =>
      request.method === "GET" ? text("next") : { ...text("too large"), status: 413, close: true },
    );
    const client = await scene.client();
    await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20000000\r\n\r\n");
    const block = new Uint8Array(1_000_000);
    for (let i = 0; i < 20; i++) await client.send(block);
    const response = await client.response();
    expect([response.status, response.body]).toEqual([413, "too large"]);
    await client.send(GET);
    expect((await client.response()).body).toBe("next");
    expect(handler.outcomes.map((outcome) => outcome.status)).toEqual([413, 200]);
  });

  test.each(["", "Transfer-Encoding: chunked\r\n"])(
    "does not take an upload that breaks off for a whole one (%p)",
    async (encoding) => {
      const scene = newScene();
      const ends: unknown[] = [];
      await scene.serve(async ({ body }) => {
        if (body === null || body instanceof Uint8Array) throw new Error("expected a stream");
        try {
          while ((await body.read()) !== null);
          ends.push("whole");
        } catch (error) {
          ends.push(error);
        }
        return text("ok");
      });
      const framing =
        encoding === "" ? "Content-Length: 9\r\n\r\nabc" : `${encoding}\r\n3\r\nabc\r\n`;
      const client = await scene.sends(`POST / HTTP/1.1\r\nHost: a\r\n${framing}`);
      client.finish();
      await scene.until(() => ends.length === 1, "the end of the body");
      expect(ends[0]).toMatchObject({ reason: "client_closed", source: "downstream" });
    },
  );
});

describe("limits", () => {
  const head = (bytes: number): string =>
    `GET / HTTP/1.1\r\nHost: a\r\nX-A: ${"x".repeat(bytes)}\r\n\r\n`;

  test.each([
    [30_000, 200],
    [41_000, 431],
  ])(
    "reads heads beyond the runtime's own limit, up to ours (%d bytes: %d)",
    async (bytes, status) => {
      const scene = newScene();
      await scene.serve(() => text("ok"), { maxHeaderBytes: 40_000 });
      expect((await (await scene.sends(head(bytes))).response()).status).toBe(status);
    },
  );

  test.each([
    ["CONNECT a:80", "", 501],
    ["GET /", "Expect: 200-ok\r\n", 417],
    ["GET /", "X-A: a\x7fb\r\n", 400],
  ])("refuses %s with %p", async (start, line, status) => {
    const scene = newScene();
    const handler = await scene.serve(() => text("ok"));
    const client = await scene.sends(`${start} HTTP/1.1\r\nHost: a:80\r\n${line}\r\n`);
    expect((await client.response()).status).toBe(status);
    expect(handler.requests).toHaveLength(0);
  });
});

describe("stopping", () => {
  test("lets a streamed answer finish, then closes", async () => {
    const scene = newScene();
    const later = gate<string>();
    const body = new FakeBody(["abc", later.promise], 6);
    const handler = await scene.serve(() => ({ status: 200, headers: [], body }));
    const client = await scene.sends(GET);
    await client.until(() => client.buffered.includes("abc"), "the first chunk");
    const drained = scene.engine.drain(new AbortController().signal);
    later.open("def");
    expect((await client.response()).body).toBe("abcdef");
    await client.end();
    await drained;
    expect(handler.outcomes).toEqual([{ status: 200, bytesIn: 0, bytesOut: 6 }]);
  });

  test("cuts a streamed answer with a reset", async () => {
    const scene = newScene();
    const body = new FakeBody(["abc", gate<string>().promise]);
    const handler = await scene.serve(() => ({ status: 200, headers: [], body }));
    const client = await scene.sends(GET);
    await client.until(() => client.buffered.includes("abc"), "the first chunk");
    const patience = new AbortController();
    const drained = scene.engine.drain(patience.signal);
    patience.abort();
    await drained;
    await client.until(() => client.closed, "the cut");
    expect(client.reset).toBe(true);
    expect(handler.outcomes.map((outcome) => outcome.failure)).toEqual(["client_closed"]);
    expect(body.cancelled).toBe(true);
  });

  test("tells the outcome of an exchange that was cut before its answer once that is there", async () => {
    const scene = newScene();
    const later = gate<ExchangeResponse>();
    const handler = await scene.serve(() => later.promise);
    await scene.sends(GET);
    await scene.until(() => handler.requests.length === 1, "the request");
    await scene.engine.drain(AbortSignal.abort());
    const body = new FakeBody(["late"]);
    later.open({ status: 200, headers: [], body });
    await scene.until(() => handler.outcomes.length === 1, "the outcome");
    expect(handler.outcomes[0]).toMatchObject({ status: 499, failure: "client_closed" });
    expect(body.cancelled).toBe(true);
    expect(scene.engine.connections).toBe(0);
  });
});

describe("messages that can be read in two ways", () => {
  /** The runtime repairs targets and drops trailers: what is left has one meaning. */
  const CLEAN_TARGET = /^\/[A-Za-z0-9%/?]*$/;

  test.each(BAD_REQUESTS.map(({ name, raw }) => [name, raw]))("%s", async (name, raw) => {
    const scene = newScene();
    const whole: string[] = [];
    await scene.serve(async ({ target, body }) => {
      await readText(body);
      whole.push(target);
      return text("in");
    });
    const client = await scene.sends(raw);
    client.finish();
    await client.end();
    if (name.startsWith("target:")) {
      for (const target of whole) expect(target).toMatch(CLEAN_TARGET);
      return;
    }
    expect(whole).toEqual(name.includes("trailer") ? ["/"] : []);
  });
});
