import { expect } from "bun:test";
import type { ExchangeResponse } from "../../../src/ports/exchange.ts";
import { FakeBody, gate, text } from "../../support/fake-handler.ts";
import type { Case } from "./case.ts";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/** Clients that go away, and caps on how many may come. */
export const departureCases: readonly Case[] = [
  {
    name: "tells the handler at once when the client resets the connection",
    async run(scene) {
      const later = gate<ExchangeResponse>();
      let told = 0;
      const handler = await scene.serve((request) => {
        request.abortListener = { aborted: () => told++ };
        return later.promise;
      });
      const client = await scene.sends(GET);
      await scene.until(() => handler.requests.length === 1, "the request");
      client.cut();
      await scene.until(() => told === 1, "the notice");
      expect(handler.requests[0]?.aborted).toBe(true);
      const body = new FakeBody(["late"]);
      later.open({ status: 200, headers: [], body });
      await scene.until(() => handler.outcomes.length === 1, "the outcome");
      expect(handler.outcomes[0]).toMatchObject({ status: 499, bytesOut: 0 });
      expect(body.cancelled).toBe(true);
      expect(told).toBe(1);
    },
  },
  {
    name: "fails the body of a client that resets the connection",
    async run(scene) {
      const errors: unknown[] = [];
      await scene.serve(async (request) => {
        if (request.body !== null && !(request.body instanceof Uint8Array)) {
          try {
            for (let c = await request.body.read(); c !== null; c = await request.body.read());
          } catch (error) {
            errors.push(error);
          }
        }
        return text("gone");
      });
      const client = await scene.sends(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc",
      );
      await Bun.sleep(20);
      client.cut();
      await scene.until(() => errors.length === 1, "the error");
      expect(errors[0]).toMatchObject({ reason: "client_closed", source: "downstream" });
    },
  },
  {
    name: "gives a streamed answer up whose client resets the connection",
    async run(scene) {
      const never = gate<string>();
      const body = new FakeBody(["abc", never.promise], 10);
      const handler = await scene.serve(() => ({ status: 200, headers: [], body }));
      const client = await scene.sends(GET);
      await client.until(() => client.buffered.includes("abc"), "the first chunk");
      client.cut();
      await scene.until(() => handler.outcomes.length === 1, "the outcome");
      expect(handler.outcomes[0]).toEqual({
        status: 200,
        bytesIn: 0,
        bytesOut: 3,
        failure: "client_closed",
      });
      expect(body.cancelled).toBe(true);
    },
  },
  {
    name: "refuses connections over the cap with 503, and serves again below it",
    async run(scene) {
      const handler = await scene.serve(() => text("ok"), { maxConnections: 2 });
      const kept = [await scene.sends(GET), await scene.sends(GET)];
      for (const client of kept) expect((await client.response()).body).toBe("ok");
      const third = await scene.sends(GET);
      const refusal = await third.response();
      expect(refusal.status).toBe(503);
      expect(refusal.header("retry-after")).toBe("1");
      expect(refusal.header("connection")).toBe("close");
      await third.end();
      expect(third.reset).toBe(false);
      expect(handler.refusals[0]?.reason).toBe("connection_limit");
      third.close();
      kept[0]?.close();
      await scene.until(() => scene.engine.connections === 1, "the free place");
      expect((await (await scene.sends(GET)).response()).status).toBe(200);
    },
  },
  {
    name: "refuses connections over the cap of one address",
    async run(scene) {
      await scene.serve(() => text("ok"), { maxConnectionsPerIp: 1 });
      const first = await scene.sends(GET);
      expect((await first.response()).status).toBe(200);
      expect((await (await scene.sends(GET)).response()).status).toBe(503);
      first.close();
      await scene.until(() => scene.engine.connections === 0, "the free place");
      expect((await (await scene.sends(GET)).response()).status).toBe(200);
    },
  },
];
