import { expect } from "bun:test";
import type { ExchangeResponse } from "../../../src/ports/exchange.ts";
import { ProxError } from "../../../src/ports/failure.ts";
import { FakeBody, gate, text } from "../../support/fake-handler.ts";
import type { Case } from "./case.ts";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const HEAD = "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n";

function streamed(body: FakeBody, headers: string[] = []): ExchangeResponse {
  return { status: 200, headers, body };
}

/** How answers are framed and sent. */
export const responseBodyCases: readonly Case[] = [
  {
    name: "sends a body at hand with its length, the fields in order, and a date",
    async run(scene) {
      const handler = await scene.serve(() =>
        text("hello", ["x-b", "1", "set-cookie", "a=1", "x-a", "2", "set-cookie", "b=2"]),
      );
      const client = await scene.sends(GET);
      const response = await client.response();
      expect(response.statusLine).toStartWith("HTTP/1.1 200");
      expect(response.header("content-length")).toBe("5");
      expect(Date.parse(response.header("date") ?? "")).toBeGreaterThan(0);
      expect(response.header("server")).toBeUndefined();
      expect(response.headers.slice(0, 4)).toEqual([
        ["x-b", "1"],
        ["set-cookie", "a=1"],
        ["x-a", "2"],
        ["set-cookie", "b=2"],
      ]);
      expect(handler.outcomes).toEqual([{ status: 200, bytesIn: 0, bytesOut: 5 }]);
    },
  },
  {
    name: "keeps the date that the handler gives",
    async run(scene) {
      await scene.serve(() => text("x", ["date", "Thu, 01 Jan 1970 00:00:00 GMT"]));
      const client = await scene.sends(GET);
      const dates = (await client.response()).headers.filter(([name]) => name === "date");
      expect(dates).toEqual([["date", "Thu, 01 Jan 1970 00:00:00 GMT"]]);
    },
  },
  {
    name: "does not let the handler's fields change the framing",
    async run(scene) {
      await scene.serve((request) =>
        request.target === "/"
          ? text("four", ["content-length", "99", "transfer-encoding", "gzip", "connection", "x"])
          : text("next"),
      );
      const client = await scene.sends(`${GET}GET /2 HTTP/1.1\r\nHost: a\r\n\r\n`);
      const response = await client.response();
      expect(response.body).toBe("four");
      expect(response.header("transfer-encoding")).toBeUndefined();
      expect(response.header("connection")).toBeUndefined();
      expect((await client.response()).body).toBe("next");
    },
  },
  {
    name: "states the length of an empty answer",
    async run(scene) {
      await scene.serve(() => ({ status: 200, headers: [], body: null }));
      const client = await scene.sends(GET);
      expect((await client.response()).header("content-length")).toBe("0");
    },
  },
  {
    name: "sends a large body at hand whole",
    async run(scene) {
      const body = "0123456789abcdef".repeat(500_000);
      await scene.serve(() => text(body));
      const client = await scene.sends(GET);
      expect((await client.response()).body === body).toBe(true);
    },
  },
  {
    name: "streams a body of known length with Content-Length",
    async run(scene) {
      // An engine that waits for the whole body would know its length as well.
      const slow = (): Promise<string> => Bun.sleep(2).then(() => "def");
      await scene.serve(() => streamed(new FakeBody(["abc", slow(), "g"], 7)));
      const client = await scene.sends(GET + GET);
      for (let i = 0; i < 2; i++) {
        const response = await client.response();
        expect(response.header("content-length")).toBe("7");
        expect(response.body).toBe("abcdefg");
      }
    },
  },
  {
    name: "streams a body of unknown length in chunks, with its trailers",
    async run(scene) {
      await scene.serve(() => {
        const body = new FakeBody(["abc", Promise.resolve("def"), "x".repeat(100_000)]);
        body.trailers = ["x-sum", "42"];
        return streamed(body);
      });
      const client = await scene.sends(GET + GET);
      for (let i = 0; i < 2; i++) {
        const response = await client.response();
        expect(response.header("transfer-encoding")).toBe("chunked");
        expect(response.body).toBe(`abcdef${"x".repeat(100_000)}`);
        expect(response.trailers).toEqual([["x-sum", "42"]]);
      }
    },
  },
  {
    name: "ends a body of unknown length by closing for HTTP/1.0",
    async run(scene) {
      await scene.serve(() => streamed(new FakeBody(["abc", Promise.resolve("def")])));
      const client = await scene.sends("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
      const response = await client.response();
      expect(response.header("transfer-encoding")).toBeUndefined();
      expect(response.header("content-length")).toBeUndefined();
      expect(response.header("connection")).toBe("close");
      expect(response.body).toBe("abcdef");
    },
  },
  {
    name: "sends head and first chunk without waiting for the rest",
    async run(scene) {
      const later = gate<string>();
      await scene.serve(() => streamed(new FakeBody(["first", later.promise])));
      const client = await scene.sends(GET);
      await client.until(() => client.buffered.includes("first"), "the first chunk");
      later.open("second");
      expect((await client.response()).body).toBe("firstsecond");
    },
  },
  {
    name: "sends the head at once when the body is not at hand",
    async run(scene) {
      const later = gate<string>();
      await scene.serve(() => streamed(new FakeBody([later.promise], 4)));
      const client = await scene.sends(GET);
      await client.until(() => client.buffered.includes("\r\n\r\n"), "the head");
      later.open("body");
      expect((await client.response()).body).toBe("body");
    },
  },
  {
    name: "answers HEAD without a body but with the length, and gives the body up",
    async run(scene) {
      const body = new FakeBody(["never"], 5);
      await scene.serve((request) => (request.target === "/" ? streamed(body) : text("12")));
      const client = await scene.sends(`${HEAD}HEAD /2 HTTP/1.1\r\nHost: a\r\n\r\n`);
      expect((await client.response("HEAD")).header("content-length")).toBe("5");
      expect((await client.response("HEAD")).header("content-length")).toBe("2");
      expect(body.cancelled).toBe(true);
      await client.send("GET /3 HTTP/1.1\r\nHost: a\r\n\r\n");
      expect((await client.response()).body).toBe("12");
    },
  },
  {
    name: "passes on the length that a HEAD answer states",
    async run(scene) {
      await scene.serve(() => ({ status: 200, headers: ["content-length", "123"], body: null }));
      const client = await scene.sends(HEAD + HEAD);
      for (let i = 0; i < 2; i++) {
        expect((await client.response("HEAD")).header("content-length")).toBe("123");
      }
    },
  },
  {
    name: "sends 204 and 304 without a body and without made-up framing",
    async run(scene) {
      await scene.serve((request) => ({
        status: Number(request.target.slice(1)),
        headers: ["etag", '"x"'],
        body: null,
      }));
      const client = await scene.sends(
        "GET /204 HTTP/1.1\r\nHost: a\r\n\r\nGET /304 HTTP/1.1\r\nHost: a\r\n\r\n",
      );
      for (const status of [204, 304]) {
        const response = await client.response();
        expect(response.status).toBe(status);
        expect(response.header("content-length")).toBeUndefined();
        expect(response.header("transfer-encoding")).toBeUndefined();
        expect(response.header("etag")).toBe('"x"');
      }
    },
  },
  {
    name: "passes interim answers on before the final one",
    async run(scene) {
      await scene.serve((request) => {
        request.inform(103, ["link", "</a.css>; rel=preload"]);
        return text("done");
      });
      const client = await scene.sends(GET);
      const early = await client.response();
      expect(early.status).toBe(103);
      expect(early.headers).toEqual([["link", "</a.css>; rel=preload"]]);
      expect((await client.response()).body).toBe("done");
    },
  },
  {
    name: "sends no interim answer to HTTP/1.0 and none after the final one",
    async run(scene) {
      const handler = await scene.serve((request) => {
        if (request.protocol === "HTTP/1.0") request.inform(103, []);
        return text("done");
      });
      const client = await scene.sends("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
      expect((await client.response()).status).toBe(200);
      handler.requests[0]?.inform(103, []);
      await client.send(GET);
      expect((await client.response()).status).toBe(200);
    },
  },
  {
    name: "breaks the connection when a body fails halfway",
    async run(scene) {
      const later = gate<string>();
      const handler = await scene.serve(() => streamed(new FakeBody(["abc", later.promise])));
      const client = await scene.sends(GET);
      await client.until(() => client.buffered.includes("abc"), "the first chunk");
      later.fail(new ProxError("upstream_reset", "upstream"));
      await client.until(() => client.closed, "the reset");
      expect(client.reset).toBe(true);
      expect(handler.outcomes).toHaveLength(1);
      expect(handler.outcomes[0]).toMatchObject({ status: 200, failure: "upstream_reset" });
    },
  },
  {
    name: "breaks the connection when a body ends before its length",
    async run(scene) {
      const later = gate<string>();
      const body = new FakeBody(["abc", later.promise], 10);
      const handler = await scene.serve(() => streamed(body));
      const client = await scene.sends(GET);
      await client.until(() => client.buffered.includes("abc"), "the first chunk");
      later.open("de");
      await client.until(() => client.closed, "the reset");
      expect(client.reset).toBe(true);
      expect(handler.outcomes[0]?.failure).toBeDefined();
    },
  },
  {
    name: "cuts a body that goes on after its length, and closes",
    async run(scene) {
      const body = new FakeBody(["abc", "defgh"], 5);
      await scene.serve(() => streamed(body));
      const client = await scene.sends(GET);
      expect((await client.response()).body).toBe("abcde");
      expect(await client.end()).toBe("");
      expect(body.cancelled).toBe(true);
    },
  },
  {
    name: "stops pulling a body when the client stops reading",
    async run(scene) {
      const block = new Uint8Array(100_000);
      function* blocks(): Generator<Uint8Array> {
        for (let i = 0; i < 400; i++) yield block;
      }
      const body = new FakeBody(blocks(), 40_000_000);
      const handler = await scene.serve(() => streamed(body));
      const client = await scene.client();
      client.countOnly();
      client.pause();
      await client.send(GET);
      await scene.until(() => body.reads > 0, "the first read");
      let reads = 0;
      for (let same = 0; same < 15; ) {
        same = body.reads === reads ? same + 1 : 0;
        reads = body.reads;
        await Bun.sleep(2);
      }
      expect(reads).toBeLessThan(300);
      client.resume();
      await client.until(() => client.received > 40_000_000, "the whole body");
      await scene.until(() => handler.outcomes.length === 1, "the outcome");
      expect(handler.outcomes[0]).toEqual({ status: 200, bytesIn: 0, bytesOut: 40_000_000 });
    },
  },
  {
    name: "answers 500 when the handler throws or rejects",
    async run(scene) {
      const handler = await scene.serve((request) => {
        if (request.target === "/throw") throw new Error("boom");
        return Promise.reject(new Error("boom"));
      });
      for (const path of ["/throw", "/reject"]) {
        const client = await scene.sends(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
        expect((await client.response()).status).toBe(500);
        await client.end();
      }
      expect(handler.refusals.map((refusal) => refusal.reason)).toEqual([
        "internal_error",
        "internal_error",
      ]);
      expect(handler.refusals[0]?.target).toBe("/throw");
    },
  },
];
