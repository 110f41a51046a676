import { expect } from "bun:test";
import { text } from "../../support/fake-handler.ts";
import type { Case } from "./case.ts";

const post = (length: number, more = ""): string =>
  `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n${more}\r\n`;

/** Answers that are ready before the upload is over. */
export const uploadAnswerCases: readonly Case[] = [
  {
    name: "keeps the connection when a small upload was not read",
    async run(scene) {
      const handler = await scene.serve((request) => ({ ...text(request.target), status: 413 }));
      const client = await scene.sends(`${post(20_000)}${"x".repeat(100)}`);
      const response = await client.response();
      expect(response.status).toBe(413);
      expect(response.header("connection")).toBeUndefined();
      await client.send(`${"x".repeat(19_900)}GET /next HTTP/1.1\r\nHost: a\r\n\r\n`);
      expect((await client.response()).body).toBe("/next");
      expect(handler.outcomes).toHaveLength(2);
    },
  },
  {
    name: "delivers an early answer to a client that goes on sending, then closes",
    async run(scene) {
      await scene.serve(() => ({ ...text("too large"), status: 413 }));
      const client = await scene.sends(post(500_000_000));
      const block = new Uint8Array(100_000);
      for (let i = 0; i < 50; i++) await client.send(block);
      const response = await client.response();
      expect(response.status).toBe(413);
      expect(response.body).toBe("too large");
      expect(response.header("connection")).toBe("close");
      await client.end();
      expect(client.reset).toBe(false);
    },
  },
  {
    name: "stops waiting for an upload that it will not use",
    async run(scene) {
      await scene.serve(() => ({ ...text("no"), status: 403 }), { linger: 50 });
      const client = await scene.sends(post(10));
      expect((await client.response()).status).toBe(403);
      await client.end();
    },
  },
  {
    name: "answers instead of 100 Continue, then closes",
    async run(scene) {
      await scene.serve(() => ({ ...text("no"), status: 417 }));
      const client = await scene.sends(post(10, "Expect: 100-continue\r\n"));
      const response = await client.response();
      expect(response.status).toBe(417);
      expect(response.header("connection")).toBe("close");
      await client.end();
    },
  },
  {
    name: "streams an answer while the upload is still coming",
    async run(scene) {
      await scene.serve((request) => ({ status: 200, headers: [], body: request.body }));
      const client = await scene.sends(
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
      );
      await client.until(() => client.buffered.includes("\r\n\r\n"), "the head");
      await client.send("3\r\nabc\r\n");
      await client.until(() => client.buffered.endsWith("3\r\nabc\r\n"), "the first chunk back");
      await client.send("2\r\nde\r\n0\r\n\r\n");
      const response = await client.response();
      expect(response.body).toBe("abcde");
      expect(response.header("connection")).toBeUndefined();
      await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      expect((await client.response()).status).toBe(200);
    },
  },
];
