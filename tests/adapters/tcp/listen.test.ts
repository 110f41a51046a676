import { afterEach, describe, expect, test } from "bun:test";
import { openDescriptorCalls } from "../../../src/adapters/system/libc.ts";
import { type ListenOptions, listenTcp } from "../../../src/adapters/tcp/listen.ts";
import type { ByteStream, ByteStreamEvents } from "../../../src/ports/byte-stream.ts";
import type { ConnectionFacts } from "../../../src/ports/exchange.ts";
import type { ConnectionAcceptor, Listener } from "../../../src/ports/listener.ts";
import { RawClient } from "../../support/raw-client.ts";

/** Greets each connection, and closes when its client does. */
class Greeter implements ConnectionAcceptor {
  readonly facts: ConnectionFacts[] = [];
  readonly streams: ByteStream[] = [];
  closed = 0;

  accept(stream: ByteStream, facts: ConnectionFacts): ByteStreamEvents {
    this.facts.push(facts);
    this.streams.push(stream);
    stream.write(Buffer.from("hello"));
    return {
      data() {},
      drain() {},
      ended: () => stream.end(),
      closed: () => {
        this.closed++;
      },
    };
  }

  refuse(stream: ByteStream): void {
    stream.write(Buffer.from("full"));
  }
}

const listeners: Listener[] = [];
const clients: RawClient[] = [];

function listen(acceptor: ConnectionAcceptor, options: Partial<ListenOptions> = {}): Listener {
  const listener = listenTcp(
    {
      hostname: "127.0.0.1",
      port: 0,
      maxConnections: 100,
      maxConnectionsPerIp: 0,
      maxOpen: 1000,
      descriptors: openDescriptorCalls(() => {}),
      log: { log() {} },
      ...options,
    },
    acceptor,
  );
  listeners.push(listener);
  return listener;
}

async function connect(port: number, hostname = "127.0.0.1"): Promise<RawClient> {
  const client = await RawClient.connect(port, 4_000, hostname);
  clients.push(client);
  return client;
}

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; !holds(); i++) {
    if (i > 2000) throw new Error("waited in vain");
    await Bun.sleep(2);
  }
}

afterEach(() => {
  for (const client of clients.splice(0)) if (!client.closed) client.cut();
  for (const listener of listeners.splice(0)) listener.stop();
});

describe("listenTcp", () => {
  test("tells the port it got, and hands connections with their facts over", async () => {
    const greeter = new Greeter();
    const listener = listen(greeter);
    const client = await connect(listener.port);
    await client.expectText("hello");
    expect(greeter.facts).toEqual([{ remoteAddress: "127.0.0.1", localPort: listener.port }]);
    expect(listener.connections).toBe(1);
    client.close();
    await until(() => greeter.closed === 1);
    expect(listener.connections).toBe(0);
  });

  test("unwraps IPv4 addresses on a dual-stack socket", async () => {
    const greeter = new Greeter();
    const listener = listen(greeter, { hostname: "::" });
    await (await connect(listener.port)).expectText("hello");
    expect(greeter.facts[0]?.remoteAddress).toBe("127.0.0.1");
  });

  test("keeps open connections when it stops, and takes no new ones", async () => {
    const greeter = new Greeter();
    const listener = listen(greeter);
    const client = await connect(listener.port);
    await client.expectText("hello");
    listener.stop();
    listener.stop();
    await expect(RawClient.connect(listener.port)).rejects.toThrow();
    greeter.streams[0]?.write(Buffer.from("still"));
    await client.expectText("still");
  });

  test("refuses over the cap, closes in order, and does not count the refused one", async () => {
    const listener = listen(new Greeter(), { maxConnections: 1 });
    await (await connect(listener.port)).expectText("hello");
    const second = await connect(listener.port);
    await second.send("GET / HTTP/1.1\r\n\r\n");
    expect(await second.end()).toBe("full");
    expect(second.reset).toBe(false);
    expect(listener.connections).toBe(1);
  });

  test("pauses accepting when too many are open; who waits is served later", async () => {
    const greeter = new Greeter();
    const logged: string[] = [];
    const listener = listen(greeter, {
      maxOpen: 12,
      log: { log: (_, message) => logged.push(message) },
    });
    const open: RawClient[] = [];
    for (let i = 0; i < 12; i++) open.push(await connect(listener.port));
    for (const client of open) await client.expectText("hello");
    const waiting = await connect(listener.port);
    await Bun.sleep(30);
    expect(waiting.buffered).toBe("");
    expect(waiting.ended).toBe(false);
    for (const client of open) client.close();
    await waiting.expectText("hello");
    expect(logged).toHaveLength(2);
    expect(listener.connections).toBe(1);
  });

  test("takes nobody over the limit where it can not pause", async () => {
    const greeter = new Greeter();
    const listener = listen(greeter, { maxOpen: 1, descriptors: null });
    await (await connect(listener.port)).expectText("hello");
    const second = await connect(listener.port);
    await second.end();
    expect(second.buffered).toBe("");
    expect(greeter.facts).toHaveLength(1);
  });

  test("survives an acceptor that throws", async () => {
    const logged: string[] = [];
    const listener = listen(
      {
        accept() {
          throw new Error("boom");
        },
        refuse() {},
      },
      { log: { log: (_, message) => logged.push(message) } },
    );
    const client = await connect(listener.port);
    await client.end();
    expect(listener.connections).toBe(0);
    expect(logged).toEqual(["connection handler threw"]);
  });

  test.skipIf(Bun.which("ss") === null)("raises the backlog of the listening socket", async () => {
    const listener = listen(new Greeter());
    const ss = Bun.spawnSync(["ss", "-ltnH", `sport = :${listener.port}`]);
    expect(ss.stdout.toString().trim().split(/\s+/)[2]).toBe("4096");
  });

  test("reports an address in use", () => {
    const { port } = listen(new Greeter());
    expect(() => listen(new Greeter(), { port })).toThrow(
      expect.objectContaining({ code: "EADDRINUSE" }),
    );
  });
});
