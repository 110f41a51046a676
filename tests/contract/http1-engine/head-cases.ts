import { expect } from "bun:test";
import { text } from "../../support/fake-handler.ts";
import type { Case } from "./case.ts";

const refusals: readonly (readonly [what: string, bytes: string, status: number])[] = [
  ["a request line that is none", "GET\r\n\r\n", 400],
  ["a space before a colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400],
  ["a missing Host", "GET / HTTP/1.1\r\n\r\n", 400],
  ["two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400],
  [
    "Content-Length beside Transfer-Encoding",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    400,
  ],
  ["an unknown HTTP version", "GET / HTTP/2.5\r\nHost: a\r\n\r\n", 505],
  ["a long target", `GET /${"x".repeat(2000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 414],
  ["large fields", `GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(5000)}\r\n\r\n`, 431],
  ["many fields", `GET / HTTP/1.1\r\nHost: a\r\n${"X: y\r\n".repeat(60)}\r\n`, 431],
];

const LIMITS = { maxUriBytes: 1024, maxHeaderBytes: 4096, maxHeaderCount: 50 };

function refusalCase([what, bytes, status]: readonly [string, string, number]): Case {
  return {
    name: `refuses ${what} with ${status} and closes`,
    async run(scene) {
      const handler = await scene.serve(() => text("no"), LIMITS);
      const client = await scene.sends(bytes);
      const response = await client.response();
      expect(response.status).toBe(status);
      expect(response.header("connection")).toBe("close");
      await client.end();
      expect(client.reset).toBe(false);
      expect(handler.requests).toHaveLength(0);
      expect(handler.refusals).toHaveLength(1);
      client.close();
      await scene.until(() => handler.outcomes.length === 1, "the outcome");
      expect(handler.outcomes[0]?.status).toBe(status);
    },
  };
}

/** How heads are read and handed over, and which are refused. */
export const headCases: readonly Case[] = [
  {
    name: "hands over method, raw target, authority, and fields in order with repeats",
    async run(scene) {
      const handler = await scene.serve(() => text("ok"));
      const client = await scene.sends(
        "GET /a%2Fb/../c?x=%zz&y HTTP/1.1\r\nHost: Example.COM:80\r\nX-B: 1\r\nx-a: 2\r\nX-B:  3 \r\n\r\n",
      );
      expect((await client.response()).status).toBe(200);
      const [request] = handler.requests;
      expect(request?.method).toBe("GET");
      expect(request?.target).toBe("/a%2Fb/../c?x=%zz&y");
      expect(request?.pathAndQuery).toBe("/a%2Fb/../c?x=%zz&y");
      expect(request?.authority).toBe("example.com:80");
      expect(request?.scheme).toBe("http");
      expect(request?.protocol).toBe("HTTP/1.1");
      expect(request?.body).toBeNull();
      expect(request?.connection.remoteAddress).toBe("127.0.0.1");
      expect(request?.headers).toEqual([
        ...["host", "Example.COM:80"],
        ...["x-b", "1", "x-a", "2", "x-b", "3"],
      ]);
    },
  },
  {
    name: "takes the path out of an absolute target",
    async run(scene) {
      const handler = await scene.serve(() => text("ok"));
      const client = await scene.sends("GET http://h.test/p?q HTTP/1.1\r\nHost: h.test\r\n\r\n");
      expect((await client.response()).status).toBe(200);
      expect(handler.requests[0]?.target).toBe("http://h.test/p?q");
      expect(handler.requests[0]?.pathAndQuery).toBe("/p?q");
    },
  },
  {
    name: "reads a head that comes byte by byte",
    async run(scene) {
      const handler = await scene.serve(() => text("ok"));
      const client = await scene.client();
      for (const byte of "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n") {
        await client.send(byte);
        await Bun.sleep(0);
      }
      expect((await client.response()).body).toBe("ok");
      expect(handler.requests[0]?.target).toBe("/slow");
    },
  },
  {
    name: "answers a refused HEAD without a body",
    async run(scene) {
      await scene.serve(() => text("no"));
      const client = await scene.sends("HEAD / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n");
      expect((await client.response("HEAD")).status).toBe(400);
      expect(await client.end()).toBe("");
    },
  },
  {
    name: "delivers a refusal although the client keeps sending",
    async run(scene) {
      await scene.serve(() => text("no"));
      const client = await scene.sends(`BAD\r\n\r\n${"x".repeat(300_000)}`);
      for (let i = 0; i < 20; i++) await client.send("y".repeat(10_000));
      expect((await client.response()).status).toBe(400);
      await client.end();
      expect(client.reset).toBe(false);
    },
  },
  ...refusals.map(refusalCase),
];
