/**
 * Memory and back-pressure of the compiled binary. Sizes are small enough for every day; with
 * PROX_E2E_SIZE=full they are those of the promise (1 GiB each way).
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ProxProcess } from "./support/prox-process.ts";
import { StreamClient } from "./support/stream-client.ts";
import { StreamUpstream } from "./support/stream-upstream.ts";
import { until, untilStill } from "./support/wait.ts";

const MIB = 1024 * 1024;
const FULL = process.env["PROX_E2E_SIZE"] === "full";
const TRANSFER = (FULL ? 1024 : 160) * MIB;
const FILE = 100 * MIB;
const READERS = 200;
const SLOW_REQUESTS = 1000;
/** The most that the kernel may hold between client and upstream: a sender and a receiver each way. */
const IN_FLIGHT = 2 * (socketBufferLimit("tcp_rmem") + socketBufferLimit("tcp_wmem")) + MIB;
const TEST_TIMEOUT_MS = 180_000;

const folder = mkdtempSync(join(tmpdir(), "prox-streaming-"));
const upstream = new StreamUpstream();
const slow = new StreamUpstream();
let prox: ProxProcess;

beforeAll(async () => {
  writeFileSync(join(folder, "file.bin"), "");
  truncateSync(join(folder, "file.bin"), FILE);
  prox = await ProxProcess.start(`
listen_addr: 127.0.0.1:0
routes:
  /: { type: proxy, target: "${upstream.url}" }
  /never: { type: proxy, target: "${slow.url}" }
  /files: { type: static, root: "${folder}" }
`);
  await download(16 * MIB);
  await upload(16 * MIB);
}, TEST_TIMEOUT_MS);

afterAll(async () => {
  await prox?.stop();
  upstream[Symbol.dispose]();
  slow[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

interface Clients extends Disposable {
  readonly all: readonly StreamClient[];
}

async function connectMany(count: number): Promise<Clients> {
  const all = await Promise.all(
    Array.from({ length: count }, () => StreamClient.connect(prox.port)),
  );
  return {
    all,
    [Symbol.dispose]() {
      for (const client of all) client[Symbol.dispose]();
    },
  };
}

/** Downloads; stops reading each time one of `stops` equal parts has come, until all is at rest. */
async function download(bytes: number, stops = 0): Promise<StreamClient> {
  using client = await StreamClient.connect(prox.port);
  const sentBefore = upstream.sent;
  client.get(`/bytes/${bytes}`);
  for (let stop = 1; stop <= stops; stop++) {
    const mark = (bytes * stop) / (stops + 1);
    await arrived(client, mark);
    client.pause();
    const sent = await untilStill(() => upstream.sent, "the upstream");
    expect(sent - sentBefore - client.received).toBeLessThan(IN_FLIGHT);
    client.resume();
  }
  await arrived(client, bytes);
  expect(client.received).toBe(bytes);
  return client;
}

async function arrived(client: StreamClient, bytes: number): Promise<void> {
  const over = () => client.received >= bytes || client.status >= 400 || client.closed;
  await until(over, `${bytes} bytes`, TEST_TIMEOUT_MS);
  expect(client.status).toBe(200);
  expect(client.received).toBeGreaterThanOrEqual(bytes);
}

/** Uploads; the upstream stops reading each time one of `stops` equal parts has come. */
async function upload(bytes: number, stops = 0): Promise<StreamClient> {
  using client = await StreamClient.connect(prox.port);
  const receivedBefore = upstream.received;
  client.upload("/upload", bytes);
  for (let stop = 1; stop <= stops; stop++) {
    const mark = (bytes * stop) / (stops + 1);
    await until(() => upstream.received - receivedBefore >= mark, `${mark} of ${bytes} bytes`);
    upstream.pauseReading();
    const sent = await untilStill(() => client.sent, "the client");
    const inFlight = sent - (upstream.received - receivedBefore);
    upstream.resumeReading();
    expect(inFlight).toBeLessThan(IN_FLIGHT);
  }
  await until(() => client.status !== 0, "the answer", TEST_TIMEOUT_MS);
  expect(client.sent).toBe(bytes);
  expect(upstream.received - receivedBefore).toBe(bytes);
  return client;
}

/** Largest size, in bytes, that the kernel lets a socket's buffer grow to. */
function socketBufferLimit(name: string): number {
  const sizes = readFileSync(`/proc/sys/net/ipv4/${name}`, "utf8").trim().split(/\s+/);
  return Number(sizes[2]);
}

function report(what: string): number {
  const growth = prox.memoryGrowth;
  process.stdout.write(`${what}: peak RSS grew by ${(growth / MIB).toFixed(1)} MiB\n`);
  return growth;
}

describe("memory", () => {
  test(
    "a large download by a slow reader is not kept",
    async () => {
      prox.markMemory();
      const client = await download(TRANSFER, 4);
      expect(client.status).toBe(200);
      expect(report(`${TRANSFER / MIB} MiB down, slow reader`)).toBeLessThan(32 * MIB);
    },
    TEST_TIMEOUT_MS,
  );

  test(
    "a large upload to a slow upstream is not kept",
    async () => {
      prox.markMemory();
      const client = await upload(TRANSFER, 4);
      expect(client.status).toBe(200);
      expect(report(`${TRANSFER / MIB} MiB up, slow upstream`)).toBeLessThan(32 * MIB);
    },
    TEST_TIMEOUT_MS,
  );

  test(
    "readers that stop hold little each, and release their upstreams when they leave",
    async () => {
      prox.markMemory();
      using clients = await connectMany(READERS);
      for (const client of clients.all) {
        client.stopAt = 1;
        client.get(`/bytes/${FILE}`);
      }
      await until(
        () => clients.all.every(({ received }) => received > 0),
        "the first bytes of all",
      );
      await untilStill(() => upstream.sent, "the upstream");
      expect(clients.all.filter(({ received }) => received >= FILE)).toEqual([]);
      expect(report(`${READERS} readers that stop`)).toBeLessThan(64 * MIB);

      clients[Symbol.dispose]();
      // Broken transfers: their upstream connections cannot be used again.
      await until(() => upstream.connections <= 1, "upstream connections closed");
    },
    TEST_TIMEOUT_MS,
  );
});

test(
  "many slow requests to one upstream leave another route alone",
  async () => {
    using many = await connectMany(SLOW_REQUESTS);
    const clients = many.all;
    for (const client of clients) client.get("/never");
    await untilStill(() => slow.waiting, "the slow upstream");
    expect(slow.waiting).toBeGreaterThan(0);
    const pending = clients.filter(({ status }) => status === 0).length;

    const durations: number[] = [];
    for (let i = 0; i < 100; i++) {
      const started = performance.now();
      await download(1024);
      durations.push(performance.now() - started);
    }
    durations.sort((a, b) => a - b);
    const middle = durations[50]?.toFixed(1);
    process.stdout.write(
      `${pending} slow requests pending: another route answers in ${middle} ms\n`,
    );
    expect(clients.filter(({ status }) => status === 0)).toHaveLength(pending);

    slow.release();
    await until(() => clients.every(({ status }) => status !== 0), "an answer for each");
    const statuses = new Set(clients.map(({ status }) => status));
    expect([200, 503]).toEqual(expect.arrayContaining([...statuses]));
  },
  TEST_TIMEOUT_MS,
);

describe("length of a large file", () => {
  test.each([
    ["proxied", `/bytes/${FILE}`],
    ["static", "/files/file.bin"],
  ])("is told to the client of a %s one", async (_, path) => {
    const { head, size } = await curl(path);
    expect(head).toMatch(/^HTTP\/1\.1 200 /);
    expect(head.toLowerCase()).toContain(`\r\ncontent-length: ${FILE}\r\n`);
    expect(head.toLowerCase()).not.toContain("transfer-encoding");
    expect(size).toBe(FILE);
  });

  test.each([
    ["proxied", `/bytes/${FILE}`],
    ["static", "/files/file.bin"],
  ])("is kept in a range of a %s one", async (_, path) => {
    const { head, size } = await curl(path, "-r", "1000-1999");
    expect(head).toMatch(/^HTTP\/1\.1 206 /);
    expect(head.toLowerCase()).toContain(`\r\ncontent-range: bytes 1000-1999/${FILE}\r\n`);
    expect(size).toBe(1000);
  });
});

async function curl(path: string, ...args: string[]): Promise<{ head: string; size: number }> {
  const url = `http://127.0.0.1:${prox.port}${path}`;
  const command = ["curl", "-sS", "-D", "-", "-o", "/dev/null", "-w", "%{size_download}"];
  const child = Bun.spawn([...command, ...args, url], { stdout: "pipe", stderr: "inherit" });
  const output = await new Response(child.stdout).text();
  expect(await child.exited).toBe(0);
  const end = output.indexOf("\r\n\r\n");
  return { head: output.slice(0, end + 2), size: Number(output.slice(end + 4)) };
}
