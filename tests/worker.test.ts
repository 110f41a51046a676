import { describe, expect, test } from "bun:test";
import { systemClock } from "../src/adapters/system/clock.ts";
import { startWorker } from "../src/worker.ts";
import { Prox, until } from "./integration/scene.ts";
import { Upstream } from "./integration/upstream.ts";
import { MemoryLogger } from "./support/fake-ports.ts";
import { planOf } from "./support/plans.ts";
import { RawClient } from "./support/raw-client.ts";

describe("startWorker", () => {
  test("takes any free port where 0 is asked for, and tells which", async () => {
    await using prox = new Prox("routes: {/: {type: redirect, target: /x}}");
    expect(prox.port).toBeGreaterThan(0);
    expect((await prox.get("/")).status).toBe(307);
  });

  test("throws where the address is taken", async () => {
    await using prox = new Prox("routes: {/: {type: redirect, target: /x}}");
    const taken = planOf(
      `listen_addr: 127.0.0.1:${prox.port}\nroutes: {/: {type: redirect, target: /x}}`,
    );
    const ports = { clock: systemClock, logger: new MemoryLogger(), accessLog: null };
    expect(() => startWorker(taken, ports)).toThrow(
      expect.objectContaining({ code: "EADDRINUSE" }),
    );
  });

  test("listens on IPv6", async () => {
    using up = new Upstream();
    await using prox = new Prox(
      `listen_addr: "[::1]:0"\nroutes: {/: {type: proxy, target: '${up.url}'}}`,
    );
    const client = await prox.client("::1");
    await client.send("GET / HTTP/1.1\r\nHost: [::1]\r\n\r\n");
    expect((await client.response()).status).toBe(200);
    expect(up.requests[0]?.values("x-forwarded-for")).toEqual(["::1"]);
    expect(await prox.logged()).toMatchObject({ client_ip: "::1", host: "[::1]" });
  });

  test("counts its clients", async () => {
    await using prox = new Prox("routes: {/: {type: redirect, target: /x}}");
    const client = await prox.client();
    await until(() => prox.connections === 1);
    client.cut();
    await until(() => prox.connections === 0);
  });

  test("lets routes that name one upstream share its connections", async () => {
    using up = new Upstream();
    await using prox = new Prox(
      `routes:\n  /a: {type: proxy, target: '${up.url}'}\n  /b: {type: proxy, target: '${up.url}/x'}\n`,
    );
    await prox.get("/a");
    await prox.get("/b");
    expect(up.requests).toHaveLength(2);
    expect(up.connections).toHaveLength(1);
  });

  test("closes its connections to upstreams when it has drained", async () => {
    using up = new Upstream();
    const prox = new Prox(`routes: {/: {type: proxy, target: '${up.url}'}}`);
    await prox.get("/");
    await prox[Symbol.asyncDispose]();
    await until(() => up.connections[0]?.closed === true);
    await expect(RawClient.connect(prox.port)).rejects.toThrow();
  });

  test("serves by the runtime's engine where that is asked for", async () => {
    using up = new Upstream();
    await using prox = new Prox(
      `protocols: {http1_engine: serve}\nroutes: {/: {type: proxy, target: '${up.url}'}}`,
    );
    expect((await prox.get("/x?y")).body).toBe("ok");
    expect(up.requests[0]?.line).toBe("GET /x?y HTTP/1.1");
    expect(await prox.logged()).toMatchObject({ status: 200, path: "/x", query: "y" });
  });
});
