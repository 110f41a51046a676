import { expect } from "bun:test";
import type { ExchangeResponse } from "../../../src/ports/exchange.ts";
import { gate, text } from "../../support/fake-handler.ts";
import { RawClient } from "../../support/raw-client.ts";
import type { Case } from "./case.ts";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/** How an engine ends. */
export const drainCases: readonly Case[] = [
  {
    name: "drains: closes idle connections, finishes exchanges, accepts nothing new",
    async run(scene) {
      const later = gate<ExchangeResponse>();
      const handler = await scene.serve((request) =>
        request.target === "/" ? text("ok") : later.promise,
      );
      const idle = await scene.sends(GET);
      expect((await idle.response()).body).toBe("ok");
      const busy = await scene.sends("GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
      await scene.until(() => handler.requests.length === 2, "the request");
      const { port } = scene.engine;
      let drained = false;
      const draining = scene.engine.drain(new AbortController().signal).then(() => {
        drained = true;
      });
      expect(await idle.end()).toBe("");
      await expect(RawClient.connect(port)).rejects.toThrow();
      expect(drained).toBe(false);
      later.open(text("finished"));
      const response = await busy.response();
      expect(response.body).toBe("finished");
      expect(response.header("connection")).toBe("close");
      await busy.end();
      busy.close();
      await draining;
      expect(scene.engine.connections).toBe(0);
    },
  },
  {
    name: "cuts what is left when draining takes too long",
    async run(scene) {
      const never = gate<ExchangeResponse>();
      const handler = await scene.serve(() => never.promise);
      const client = await scene.sends(GET);
      await scene.until(() => handler.requests.length === 1, "the request");
      const patience = new AbortController();
      const draining = scene.engine.drain(patience.signal);
      patience.abort();
      await draining;
      await client.until(() => client.closed, "the cut");
      expect(handler.requests[0]?.aborted).toBe(true);
    },
  },
  {
    name: "resolves a drain without connections at once",
    async run(scene) {
      await scene.serve(() => text("ok"));
      await scene.engine.drain(new AbortController().signal);
      expect(scene.engine.connections).toBe(0);
    },
  },
];
