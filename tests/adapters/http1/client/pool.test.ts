import { expect, test } from "bun:test";
import type { Dialler } from "../../../../src/ports/dialler.ts";
import {
  drain,
  failure,
  HandClock,
  type RawConnection,
  RawUpstream,
  request,
  TestClient,
} from "./raw-upstream.ts";

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/** A dialler that never comes to an end. */
function deadDialler(): { dialler: Dialler; cancelled: () => number } {
  let cancelled = 0;
  const dialler: Dialler = {
    dial: () => ({
      cancel: () => {
        cancelled += 1;
      },
    }),
  };
  return { dialler, cancelled: () => cancelled };
}

async function answer(connection: RawConnection, target: string): Promise<void> {
  await connection.gets(`GET ${target} `);
  connection.send(OK);
}

test("requests beyond the connection limit wait in order and use the same connections", async () => {
  using upstream = new RawUpstream();
  using client = new TestClient(upstream, { maxConnections: 1 });
  const order: string[] = [];
  const sendings = ["/a", "/b", "/c"].map((target) =>
    client.client.send(request("GET", { target })).then((response) => {
      order.push(target);
      return response;
    }),
  );
  expect(client.counts).toBe("0 0 1 2");
  const connection = await upstream.connection();
  for (const target of ["/a", "/b", "/c"]) await answer(connection, target);
  const responses = await Promise.all(sendings);
  expect(order).toEqual(["/a", "/b", "/c"]);
  expect(responses.map((response) => response.reused)).toEqual([false, true, true]);
  expect(responses[2]?.connectMs).toBeGreaterThan(0);
  expect(upstream.connections.length).toBe(1);
  expect(client.counts).toBe("1 0 0 0");
});

test("a connection that is lost makes room for one that waits", async () => {
  using upstream = new RawUpstream();
  using client = new TestClient(upstream, { maxConnections: 1 });
  const first = failure(client.client.send(request("GET", { target: "/a" })));
  const second = client.client.send(request("GET", { target: "/b" }));
  const connection = await upstream.connection();
  await connection.gets("/a");
  connection.reset();
  expect((await first).reason).toBe("upstream_reset");
  await answer(await upstream.connection(1), "/b");
  expect((await second).reused).toBe(false);
  expect(client.counts).toBe("1 0 0 0");
});

test("a full queue refuses at once", async () => {
  using upstream = new RawUpstream();
  using client = new TestClient(upstream, { maxConnections: 1, maxQueued: 1 });
  const first = client.client.send(request("GET", { target: "/a" }));
  const second = client.client.send(request("GET", { target: "/b" }));
  const third = await failure(client.client.send(request("GET", { target: "/c" })));
  expect([third.reason, third.requestSent]).toEqual(["upstream_queue_full", false]);
  const connection = await upstream.connection();
  await answer(connection, "/a");
  await answer(connection, "/b");
  await first;
  await second;
});

test("waiting in the queue ends with the connect timeout", async () => {
  using upstream = new RawUpstream();
  const clock = new HandClock();
  using client = new TestClient(upstream, { maxConnections: 1 }, { clock });
  const first = client.client.send(request("GET", { target: "/a" }));
  const connection = await upstream.connection();
  await connection.gets("/a");
  const second = failure(client.client.send(request("GET", { timeouts: { connect: 100 } })));
  expect(client.counts).toBe("0 1 0 1");
  clock.advance(100);
  const error = await second;
  expect([error.reason, error.requestSent]).toEqual(["upstream_queue_timeout", false]);
  expect(client.counts).toBe("0 1 0 0");
  connection.send(OK);
  await first;
});

test("a client that leaves the queue frees its place", async () => {
  using upstream = new RawUpstream();
  using client = new TestClient(upstream, { maxConnections: 1 });
  const first = client.client.send(request("GET", { target: "/a" }));
  const asked = request("GET", { target: "/b" });
  const second = failure(client.client.send(asked));
  asked.abortListener?.aborted();
  const error = await second;
  expect([error.reason, error.source, error.requestSent]).toEqual([
    "client_closed",
    "downstream",
    false,
  ]);
  expect(client.counts).toBe("0 0 1 0");
  await answer(await upstream.connection(), "/a");
  await first;
  expect(client.counts).toBe("1 0 0 0");
});

test("a connect that takes too long is given up", async () => {
  const clock = new HandClock();
  const { dialler, cancelled } = deadDialler();
  using client = new TestClient({ hostname: "h" }, {}, { clock, dialler });
  const sending = failure(client.client.send(request("GET", { timeouts: { connect: 100 } })));
  expect(client.counts).toBe("0 0 1 0");
  clock.advance(100);
  const error = await sending;
  expect([error.reason, error.requestSent]).toEqual(["upstream_connect_timeout", false]);
  expect(cancelled()).toBe(1);
  expect(client.counts).toBe("0 0 0 0");
});

test("a client that leaves while connecting ends the dial", async () => {
  const { dialler, cancelled } = deadDialler();
  using client = new TestClient({ hostname: "h" }, {}, { dialler });
  const asked = request("GET");
  const sending = failure(client.client.send(asked));
  asked.abortListener?.aborted();
  expect((await sending).reason).toBe("client_closed");
  expect(cancelled()).toBe(1);
  expect(asked.abortListener).toBeNull();
  expect(client.counts).toBe("0 0 0 0");
});

test("a client that leaves while its pooled connection is looked at gives it back", async () => {
  using upstream = new RawUpstream();
  using client = new TestClient(upstream);
  const first = client.client.send(request("GET", { target: "/a" }));
  const connection = await upstream.connection();
  await answer(connection, "/a");
  await first;
  const asked = request("POST");
  const sending = failure(client.client.send(asked));
  expect(client.counts).toBe("0 1 0 0");
  asked.abortListener?.aborted();
  expect((await sending).reason).toBe("client_closed");
  expect(client.counts).toBe("1 0 0 0");
  const second = client.client.send(request("GET", { target: "/b" }));
  await answer(connection, "/b");
  expect((await second).reused).toBe(true);
  expect(connection.received).not.toContain("POST");
});

test("idle connections are closed after their time, and beyond their number", async () => {
  using upstream = new RawUpstream();
  const clock = new HandClock();
  using client = new TestClient(upstream, { maxIdle: 2, idleTimeout: 1000 }, { clock });
  const sendings = ["/a", "/b", "/c"].map((target) =>
    client.client.send(request("GET", { target })),
  );
  for (let i = 0; i < 3; i++) {
    const connection = await upstream.connection(i);
    await connection.gets("\r\n\r\n");
    connection.send(OK);
  }
  await Promise.all(sendings);
  expect(client.counts).toBe("2 0 0 0");
  clock.advance(999);
  expect(client.counts).toBe("2 0 0 0");
  clock.advance(1);
  expect(client.counts).toBe("0 0 0 0");
  for (const connection of upstream.connections) await connection.gone();
});

test("close ends idle connections now, busy ones after their answer, and takes nothing new", async () => {
  using upstream = new RawUpstream();
  using client = new TestClient(upstream, { maxConnections: 2 });
  const sendings = ["/a", "/b", "/c"].map((target) =>
    client.client.send(request("GET", { target })),
  );
  const [a, b] = [await upstream.connection(0), await upstream.connection(1)];
  await a.gets("\r\n\r\n");
  client.client.close();
  expect((await failure(client.client.send(request("GET")))).reason).toBe("shutting_down");
  a.send(OK);
  await a.gets("/c");
  a.send(OK);
  await b.gets("\r\n\r\n");
  b.send(OK);
  for (const response of await Promise.all(sendings)) {
    expect((await drain(response.body)).toString()).toBe("ok");
  }
  await a.gone();
  await b.gone();
  expect(client.counts).toBe("0 0 0 0");
});

test("a thousand requests over few connections leave nothing behind", async () => {
  using responder = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data(socket, chunk) {
        const heads = chunk.toString("latin1").split("\r\n\r\n").length - 1;
        socket.write(OK.repeat(heads));
      },
    },
  });
  using client = new TestClient(
    { hostname: "127.0.0.1", port: responder.port },
    { maxConnections: 8 },
  );
  let good = 0;
  const loop = async (): Promise<void> => {
    for (let i = 0; i < 25; i++) {
      const response = await client.client.send(request(i % 3 === 0 ? "POST" : "GET"));
      if ((await drain(response.body)).toString() === "ok") good += 1;
    }
  };
  await Promise.all(Array.from({ length: 40 }, loop));
  expect(good).toBe(1000);
  expect(client.counts).toBe("8 0 0 0");
});
