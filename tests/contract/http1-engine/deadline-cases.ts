import { expect } from "bun:test";
import { FakeBody, text } from "../../support/fake-handler.ts";
import { readText } from "../../support/read-body.ts";
import type { Case } from "./case.ts";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/** What happens when time runs out. */
export const deadlineCases: readonly Case[] = [
  {
    name: "answers 408 when a head does not come whole in time",
    async run(scene) {
      const handler = await scene.serve(() => text("ok"), { requestHeader: 60 });
      const client = await scene.sends("GET / HTTP/1.1\r\n");
      const response = await client.response();
      expect(response.status).toBe(408);
      expect(response.header("connection")).toBe("close");
      expect(handler.refusals[0]?.reason).toBe("header_timeout");
      await client.end();
    },
  },
  {
    name: "does not let a slow head live on by dripping bytes",
    async run(scene) {
      await scene.serve(() => text("ok"), { requestHeader: 60 });
      const client = await scene.sends("GET / HTTP/1.1\r\nX: ");
      await client.until(() => {
        client.sendSome(Buffer.from("y"));
        return client.buffered !== "";
      }, "the refusal");
      expect((await client.response()).status).toBe(408);
    },
  },
  {
    name: "closes a connection that never sends a byte, without a word",
    async run(scene) {
      const handler = await scene.serve(() => text("ok"), { requestHeader: 40 });
      const client = await scene.client();
      expect(await client.end()).toBe("");
      expect(handler.refusals).toHaveLength(0);
    },
  },
  {
    name: "closes an idle connection after its keep-alive time, without a word",
    async run(scene) {
      await scene.serve(() => text("ok"), { keepAlive: 40 });
      const client = await scene.sends(GET);
      expect((await client.response()).body).toBe("ok");
      expect(await client.end()).toBe("");
      expect(client.reset).toBe(false);
    },
  },
  {
    name: "limits the head of a later request from its first byte on",
    async run(scene) {
      await scene.serve(() => text("ok"), { requestHeader: 60 });
      const client = await scene.sends(GET);
      expect((await client.response()).body).toBe("ok");
      // Longer than the limit on heads: between requests it does not run.
      await Bun.sleep(120);
      await client.send("GET / ");
      expect((await client.response()).status).toBe(408);
    },
  },
  {
    name: "fails the read of a body that does not come on",
    async run(scene) {
      const errors: unknown[] = [];
      await scene.serve(
        async (request) => {
          await readText(request.body).catch((error: unknown) => errors.push(error));
          return { ...text("late"), status: 408 };
        },
        { requestBody: 60 },
      );
      const client = await scene.sends(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc",
      );
      const response = await client.response();
      expect(response.status).toBe(408);
      expect(response.header("connection")).toBe("close");
      expect(errors[0]).toMatchObject({ reason: "body_timeout", source: "downstream" });
      await client.end();
    },
  },
  {
    name: "lets an upload live that moves now and then",
    async run(scene) {
      await scene.serve(async (request) => text(await readText(request.body)), {
        requestBody: 150,
      });
      const client = await scene.sends("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n");
      for (const byte of "123456789") {
        await Bun.sleep(30);
        await client.send(byte);
      }
      expect((await client.response()).body).toBe("123456789");
    },
  },
  {
    name: "cuts a client that takes nothing of its answer",
    async run(scene) {
      const body = new FakeBody([new Uint8Array(30_000_000), "x"], 30_000_001);
      const handler = await scene.serve(() => ({ status: 200, headers: [], body }), { idle: 60 });
      const client = await scene.client();
      client.pause();
      await client.send(GET);
      await scene.until(() => handler.outcomes.length === 1, "the outcome");
      expect(handler.outcomes[0]?.failure).toBe("client_idle_timeout");
      expect(handler.outcomes[0]?.bytesOut).toBeLessThan(30_000_000);
      expect(body.cancelled).toBe(true);
    },
  },
];
