import { expect } from "bun:test";
import type { ExchangeResponse } from "../../../src/ports/exchange.ts";
import { gate, text } from "../../support/fake-handler.ts";
import type { Case } from "./case.ts";

const get = (path: string, more = ""): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n${more}\r\n`;

/** How connections live on from request to request. */
export const persistenceCases: readonly Case[] = [
  {
    name: "keeps an HTTP/1.1 connection",
    async run(scene) {
      await scene.serve((request) => text(request.target));
      const client = await scene.client();
      for (const path of ["/1", "/2", "/3"]) {
        await client.send(get(path));
        const response = await client.response();
        expect(response.body).toBe(path);
        expect(response.header("connection")).toBeUndefined();
      }
    },
  },
  {
    name: "closes when an HTTP/1.1 client asks for it",
    async run(scene) {
      await scene.serve(() => text("ok"));
      const client = await scene.sends(get("/", "Connection: close\r\n"));
      const response = await client.response();
      expect(response.header("connection")).toBe("close");
      expect(await client.end()).toBe("");
      expect(client.reset).toBe(false);
    },
  },
  {
    name: "closes after an HTTP/1.0 request",
    async run(scene) {
      await scene.serve(() => text("ok"));
      const client = await scene.sends("GET / HTTP/1.0\r\n\r\n");
      const response = await client.response();
      expect(response.body).toBe("ok");
      expect(response.header("connection")).toBe("close");
      await client.end();
    },
  },
  {
    name: "keeps an HTTP/1.0 connection that asks for it, and says so",
    async run(scene) {
      const handler = await scene.serve((request) => text(request.target));
      const client = await scene.client();
      for (const path of ["/1", "/2"]) {
        await client.send(`GET ${path} HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n`);
        const response = await client.response();
        expect(response.body).toBe(path);
        expect(response.header("connection")).toBe("keep-alive");
      }
      expect(handler.requests[0]?.protocol).toBe("HTTP/1.0");
    },
  },
  {
    name: "closes when the handler asks for it",
    async run(scene) {
      await scene.serve(() => ({ ...text("ok"), close: true }));
      const client = await scene.sends(get("/"));
      expect((await client.response()).header("connection")).toBe("close");
      await client.end();
    },
  },
  {
    name: "answers pipelined requests in order",
    async run(scene) {
      await scene.serve((request) => text(request.target));
      const paths = Array.from({ length: 50 }, (_, i) => `/${i}`);
      const client = await scene.sends(paths.map((path) => get(path)).join(""));
      for (const path of paths) expect((await client.response()).body).toBe(path);
    },
  },
  {
    name: "begins a pipelined request only when the answer before it has left",
    async run(scene) {
      const first = gate<ExchangeResponse>();
      const handler = await scene.serve((request) =>
        request.target === "/1" ? first.promise : text(request.target),
      );
      const client = await scene.sends(get("/1") + get("/2") + get("/3"));
      await scene.until(() => handler.requests.length === 1, "the first request");
      await client.send(get("/4"));
      await Bun.sleep(20);
      expect(handler.requests).toHaveLength(1);
      first.open(text("/1"));
      for (const path of ["/1", "/2", "/3", "/4"]) {
        expect((await client.response()).body).toBe(path);
      }
    },
  },
  {
    name: "stops reading when too much is pipelined, and goes on later",
    async run(scene) {
      const first = gate<ExchangeResponse>();
      const handler = await scene.serve((request) =>
        request.target === "/1" ? first.promise : text("ok"),
      );
      const client = await scene.sends(get("/1"));
      await scene.until(() => handler.requests.length === 1, "the first request");
      const flood = Buffer.from(get("/n").repeat(20_000), "latin1");
      let sent = 0;
      let idle = 0;
      // The kernel's buffers fill (a few MiB), then nothing more is taken.
      const more = Buffer.concat(Array.from({ length: 32 }, () => flood));
      while (sent < more.length && idle < 20 && !client.closed) {
        const taken = client.sendSome(more.subarray(sent));
        idle = taken === 0 ? idle + 1 : 0;
        sent += taken;
        await Bun.sleep(2);
      }
      expect(sent).toBeLessThan(more.length);
      client.countOnly();
      first.open(text("/1"));
      await client.until(() => client.received > 1_000_000, "answers to the flood");
    },
  },
  {
    name: "answers a client that closed its side after the request",
    async run(scene) {
      const later = gate<ExchangeResponse>();
      const handler = await scene.serve(() => later.promise);
      const client = await scene.sends(get("/"));
      client.finish();
      await scene.until(() => handler.requests.length === 1, "the request");
      await Bun.sleep(10);
      expect(handler.requests[0]?.aborted).toBe(false);
      later.open(text("still here"));
      expect((await client.response()).body).toBe("still here");
      await client.end();
      expect(client.reset).toBe(false);
    },
  },
  {
    name: "answers all pipelined requests of a client that closed its side",
    async run(scene) {
      await scene.serve(async (request) => text(request.target));
      const client = await scene.sends(get("/1") + get("/2") + get("/3"));
      client.finish();
      for (const path of ["/1", "/2", "/3"]) expect((await client.response()).body).toBe(path);
      await client.end();
    },
  },
  {
    name: "ignores an empty line before a request",
    async run(scene) {
      await scene.serve((request) => text(request.target));
      const client = await scene.sends(get("/1"));
      expect((await client.response()).body).toBe("/1");
      await client.send(`\r\n${get("/2")}`);
      expect((await client.response()).body).toBe("/2");
    },
  },
];
