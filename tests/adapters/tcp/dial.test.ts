import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDialler } from "../../../src/adapters/tcp/dial.ts";
import { socketsOpen } from "../../../src/adapters/tcp/dial-sockets.ts";
import type { ByteStream, ByteStreamEvents } from "../../../src/ports/byte-stream.ts";
import type { DialWaiter, PendingDial } from "../../../src/ports/dialler.ts";
import type { ProxError } from "../../../src/ports/failure.ts";
import type { Resolver } from "../../../src/ports/resolver.ts";
import type { UpstreamAddress, UpstreamTls } from "../../../src/ports/upstream-client.ts";

const folder = mkdtempSync(join(tmpdir(), "prox-dial-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Resolves when `condition` holds. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await Bun.sleep(1);
}

/** A waiter that collects what happens. */
class Waiter implements DialWaiter, ByteStreamEvents {
  stream: ByteStream | null = null;
  error: ProxError | null = null;
  received = "";
  gone = false;

  connected(stream: ByteStream): ByteStreamEvents {
    this.stream = stream;
    return this;
  }

  failed(error: ProxError): void {
    this.error = error;
  }

  data(chunk: Uint8Array): void {
    this.received += Buffer.from(chunk).toString();
  }

  drain(): void {}

  ended(): void {
    this.gone = true;
  }

  closed(): void {
    this.gone = true;
  }

  async settled(): Promise<this> {
    await until(() => this.stream !== null || this.error !== null);
    return this;
  }

  /** What an operator would read. */
  get text(): string {
    const cause = this.error?.cause;
    return cause instanceof Error ? cause.message : "";
  }
}

const fixed = (...addresses: string[]): Resolver => ({ resolve: () => addresses });

interface Echo extends Disposable {
  readonly port: number;
  readonly accepted: () => number;
  readonly open: () => number;
}

/** Answers each connection with `hello`, and what it gets with the same. */
function echo(options: { hostname?: string; port?: number; tls?: Bun.TLSOptions } = {}): Echo {
  let accepted = 0;
  let open = 0;
  const listener = Bun.listen({
    hostname: options.hostname ?? "127.0.0.1",
    port: options.port ?? 0,
    ...(options.tls === undefined ? {} : { tls: options.tls }),
    socket: {
      open() {
        accepted += 1;
        open += 1;
      },
      data(socket, chunk) {
        socket.write(chunk);
      },
      close() {
        open -= 1;
      },
    },
  });
  return {
    port: listener.port,
    accepted: () => accepted,
    open: () => open,
    [Symbol.dispose]: () => listener.stop(true),
  };
}

/** A port of the loopback where nobody listens. */
function deadPort(): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = listener;
  listener.stop(true);
  return port;
}

function address(port: number, more: Partial<UpstreamAddress> = {}): UpstreamAddress {
  return { id: "test", scheme: "http", hostname: "up.test", port, ...more };
}

function dial(resolver: Resolver, target: UpstreamAddress): Waiter {
  const waiter = new Waiter();
  createDialler(resolver).dial(target, waiter);
  return waiter;
}

test("the stream carries bytes both ways to whoever took it", async () => {
  using upstream = echo();
  const waiter = await dial(fixed("127.0.0.1"), address(upstream.port)).settled();
  expect(waiter.stream?.write(Buffer.from("hello"))).toBe(5);
  await until(() => waiter.received === "hello");
  waiter.stream?.end();
  expect(waiter.gone).toBe(true);
});

test("a refused connect is told as such, with the place", async () => {
  const port = deadPort();
  const waiter = await dial(fixed("127.0.0.1"), address(port)).settled();
  expect(waiter.error?.reason).toBe("upstream_connect_refused");
  expect([waiter.error?.source, waiter.error?.requestSent]).toEqual(["upstream", false]);
  expect(waiter.text).toContain(`connect to 127.0.0.1:${port}`);
  expect(waiter.text).toContain("ECONNREFUSED");
});

test("a name without an address is told as such, with the name", async () => {
  const resolver: Resolver = { resolve: () => Promise.reject(new Error("ENOTFOUND")) };
  const waiter = await dial(resolver, address(1)).settled();
  expect(waiter.error?.reason).toBe("upstream_resolve_failed");
  expect(waiter.text).toBe("resolve up.test: ENOTFOUND");
});

test("the waiter hears of nothing while it dials", () => {
  const waiter = dial(fixed(), address(1));
  expect([waiter.stream, waiter.error]).toEqual([null, null]);
});

test("an address that refuses is passed over for the next", async () => {
  using upstream = echo({ hostname: "127.0.0.2" });
  for (let i = 0; i < 4; i++) {
    const target = address(upstream.port);
    const waiter = await dial(fixed("127.0.0.1", "127.0.0.2"), target).settled();
    expect(waiter.stream?.remoteAddress).toBe("127.0.0.2");
    waiter.stream?.end();
  }
});

test("addresses that answer take turns", async () => {
  using first = echo({ hostname: "127.0.0.1" });
  using second = echo({ hostname: "127.0.0.2", port: first.port });
  const dialler = createDialler(fixed("127.0.0.1", "127.0.0.2"));
  for (let i = 0; i < 6; i++) {
    const waiter = new Waiter();
    dialler.dial(address(first.port), waiter);
    await waiter.settled();
    waiter.stream?.end();
  }
  await until(() => first.accepted() + second.accepted() === 6);
  expect([first.accepted(), second.accepted()]).toEqual([3, 3]);
});

test("a stream that opens after the dial was given up is closed at once", async () => {
  using upstream = echo();
  const waiter = new Waiter();
  const pending: PendingDial = createDialler(fixed("127.0.0.1")).dial(
    address(upstream.port),
    waiter,
  );
  pending.cancel();
  pending.cancel();
  await until(() => upstream.accepted() === 1 && upstream.open() === 0);
  expect([waiter.stream, waiter.error]).toEqual([null, null]);
});

test("a unix socket is dialled without a name", async () => {
  const path = join(folder, "up.sock");
  const listener = Bun.listen({
    unix: path,
    socket: {
      data(socket, chunk) {
        socket.write(chunk);
      },
    },
  });
  const resolver: Resolver = { resolve: () => Promise.reject(new Error("asked")) };
  const waiter = await dial(resolver, address(0, { hostname: "", socketPath: path })).settled();
  waiter.stream?.write(Buffer.from("hi"));
  await until(() => waiter.received === "hi");
  waiter.stream?.end();
  listener.stop(true);
});

test.each([
  ["that is not there", join(folder, "missing.sock")],
  ["with a path too long", join(folder, "x".repeat(200))],
])("a unix socket %s fails with its path", async (_name, path) => {
  const waiter = await dial(fixed(), address(0, { hostname: "", socketPath: path })).settled();
  expect(waiter.error?.reason).toBe("upstream_connect_failed");
  expect(waiter.text).toContain(`connect to unix:${path}`);
});

const pem = (name: string): Promise<string> =>
  Bun.file(new URL(`./certificates/${name}`, import.meta.url)).text();
const [ca, certificate, key, expired, expiredKey, clientCertificate, clientKey] = await Promise.all(
  [
    "ca.pem",
    "server.pem",
    "server.key",
    "expired.pem",
    "expired.key",
    "client.pem",
    "client.key",
  ].map(pem),
);
const serverTls: Bun.TLSOptions = { cert: certificate, key };

async function dialTls(
  tls: Bun.TLSOptions | undefined,
  settings: UpstreamTls,
  hostname = "up.test",
): Promise<Waiter> {
  using upstream = echo(tls === undefined ? {} : { tls });
  const target = address(upstream.port, { scheme: "https", hostname, tls: settings });
  const waiter = await dial(fixed("127.0.0.1"), target).settled();
  if (waiter.stream !== null) {
    waiter.stream.write(Buffer.from("hello"));
    await until(() => waiter.received === "hello" || waiter.gone);
    waiter.stream.end();
  }
  return waiter;
}

test.each<[string, UpstreamTls, string]>([
  ["the host name and the CA", { ca: ca ?? "" }, "up.test"],
  ["an IP address and the CA", { ca: ca ?? "" }, "127.0.0.1"],
  ["server_name and the CA", { ca: ca ?? "", serverName: "up.test" }, "elsewhere.test"],
  ["no check", { insecureSkipVerify: true }, "elsewhere.test"],
])("TLS is made with %s", async (_name, settings, hostname) => {
  const waiter = await dialTls(serverTls, settings, hostname);
  expect(waiter.text).toBe("");
  expect(waiter.received).toBe("hello");
});

test.each<[string, Bun.TLSOptions | undefined, UpstreamTls, string, RegExp]>([
  ["an unknown authority", serverTls, {}, "up.test", /UNABLE_TO_GET_ISSUER|UNABLE_TO_VERIFY/],
  ["another name", serverTls, { ca: ca ?? "" }, "elsewhere.test", /ALTNAME_INVALID/],
  ["another IP address", serverTls, { ca: ca ?? "" }, "127.0.0.9", /ALTNAME_INVALID/],
  [
    "another name than server_name",
    serverTls,
    { ca: ca ?? "", serverName: "other.test" },
    "up.test",
    /ALTNAME_INVALID/,
  ],
  [
    "an expired certificate",
    { cert: expired, key: expiredKey },
    { ca: ca ?? "" },
    "up.test",
    /CERT_HAS_EXPIRED/,
  ],
  ["a CA that is none", serverTls, { ca: "nonsense" }, "up.test", /./],
])("TLS with %s fails, and the cause says why", async (_name, tls, settings, hostname, cause) => {
  const waiter = await dialTls(tls, settings, hostname);
  expect(waiter.error?.reason).toBe("upstream_tls_failed");
  expect([waiter.error?.source, waiter.error?.requestSent]).toEqual(["upstream", false]);
  expect(waiter.text).toMatch(cause);
});

test.each([false, true])(
  "an upstream that speaks no TLS fails, checked or not (%p)",
  async (insecureSkipVerify) => {
    const listener = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        data(socket) {
          socket.end("HTTP/1.1 400 Bad Request\r\n\r\n");
        },
      },
    });
    const target = address(listener.port, { scheme: "https", tls: { insecureSkipVerify } });
    const waiter = await dial(fixed("127.0.0.1"), target).settled();
    expect(waiter.error?.reason).toBe("upstream_tls_failed");
    listener.stop(true);
  },
);

test("an upstream that closes during the handshake fails it", async () => {
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data(socket) {
        socket.end();
      },
    },
  });
  const target = address(listener.port, { scheme: "https" });
  const waiter = await dial(fixed("127.0.0.1"), target).settled();
  expect(waiter.error?.reason).toBe("upstream_tls_failed");
  expect(waiter.text).toContain("TLS to up.test at 127.0.0.1");
  listener.stop(true);
});

test("an upstream that wants a client certificate gets it", async () => {
  const tls: Bun.TLSOptions = { ...serverTls, ca, requestCert: true, rejectUnauthorized: true };
  const settings = { ca: ca ?? "", cert: clientCertificate ?? "", key: clientKey ?? "" };
  const waiter = await dialTls(tls, settings);
  expect(waiter.received).toBe("hello");
});

test("without a client certificate the connection is cut", async () => {
  const tls: Bun.TLSOptions = { ...serverTls, ca, requestCert: true, rejectUnauthorized: true };
  const waiter = await dialTls(tls, { ca: ca ?? "" });
  expect(waiter.received).toBe("");
});

test("a silent upstream is not ready before its handshake", async () => {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const waiter = new Waiter();
  const target = address(listener.port, { scheme: "https" });
  const pending = createDialler(fixed("127.0.0.1")).dial(target, waiter);
  await Bun.sleep(50);
  expect([waiter.stream, waiter.error]).toEqual([null, null]);
  pending.cancel();
  listener.stop(true);
});

test("an address that keeps silent is passed over for the next, and tried last from then on", async () => {
  using upstream = echo({ hostname: "127.0.0.2", tls: serverTls });
  let silent = 0;
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: upstream.port,
    socket: {
      open() {
        silent += 1;
      },
      data() {},
    },
  });
  const dialler = createDialler(fixed("127.0.0.1", "127.0.0.2"));
  for (let i = 0; i < 6; i++) {
    const waiter = new Waiter();
    dialler.dial(address(upstream.port, { scheme: "https", tls: { ca: ca ?? "" } }), waiter);
    await waiter.settled();
    expect(waiter.stream?.remoteAddress).toBe("127.0.0.2");
    waiter.stream?.end();
  }
  expect(silent).toBe(1);
  listener.stop(true);
});

test("leaves the first 64 sockets their receive buffers, and limits those beyond", async () => {
  using server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const limited: (readonly [open: number, bytes: number])[] = [];
  const dialler = createDialler(fixed("127.0.0.1"), {
    setReceiveBuffer: (_, bytes) => limited.push([socketsOpen(), bytes]),
  });
  const waiters: Waiter[] = [];
  while (socketsOpen() < 66) {
    const waiter = new Waiter();
    dialler.dial(address(server.port), waiter);
    waiters.push(await waiter.settled());
  }
  expect(limited.slice(0, 2)).toEqual([
    [65, 128 * 1024],
    [66, 128 * 1024],
  ]);
  const open = socketsOpen();
  for (const { stream } of waiters) stream?.terminate();
  expect(socketsOpen()).toBe(open - waiters.length);
});
