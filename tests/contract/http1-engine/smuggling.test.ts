import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Engine } from "../../../src/ports/listener.ts";
import { FakeHandler, text } from "../../support/fake-handler.ts";
import { RawClient } from "../../support/raw-client.ts";
import { readText } from "../../support/read-body.ts";
import { BAD_CHUNKED_BODIES, BAD_REQUEST_HEADS } from "../../support/smuggling-corpus.ts";
import { startWireEngine } from "../../support/wire-engine.ts";

/** What an attacker hopes to have seen as a request of its own. */
const SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

/** Each message meets the engine on a connection of its own, with a request hidden behind it. */
describe("wire engine against the smuggling corpus", () => {
  let handler: FakeHandler;
  let engine: Engine;
  const failures: unknown[] = [];

  beforeAll(() => {
    handler = new FakeHandler(async (request) => {
      try {
        return text(await readText(request.body));
      } catch (error) {
        failures.push(error);
        return { ...text("broken"), status: 400 };
      }
    });
    engine = startWireEngine(handler);
  });

  afterAll(async () => {
    const now = new AbortController();
    now.abort();
    await engine.drain(now.signal);
  });

  async function attack(raw: string): Promise<number> {
    handler.requests.length = 0;
    handler.refusals.length = 0;
    const client = await RawClient.connect(engine.port);
    await client.send(raw + SMUGGLED);
    client.finish();
    const answer = await client.response();
    await client.end();
    client.close();
    expect(client.buffered).toBe("");
    expect(answer.header("connection")).toBe("close");
    expect(handler.requests.map((request) => request.target)).not.toContain("/smuggled");
    return answer.status;
  }

  test.each(BAD_REQUEST_HEADS)("refuses $name", async ({ raw, reason }) => {
    expect(await attack(raw)).toBeGreaterThanOrEqual(400);
    expect(handler.requests).toHaveLength(0);
    expect(handler.refusals.map((refusal) => refusal.reason)).toEqual([reason]);
  });

  test.each(BAD_CHUNKED_BODIES)("fails a body with $name", async ({ raw, reason }) => {
    failures.length = 0;
    const head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    expect(await attack(head + raw)).toBe(400);
    expect(failures).toMatchObject([{ reason }]);
  });
});
