import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RawClient } from "./support/raw-client.ts";

const MAIN = join(import.meta.dir, "../src/main.ts");
const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

let folder = "";
const running: Bun.Subprocess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "prox-app-"));
});
afterEach(() => {
  for (const child of running.splice(0)) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await Bun.sleep(2);
}

/** Runs `prox serve` from the sources. */
async function serve(yaml: string) {
  const file = join(folder, "config.yaml");
  writeFileSync(file, `listen_addr: 127.0.0.1:0\nlog: {format: json}\n${yaml}`);
  const child = Bun.spawn([process.execPath, MAIN, "serve", "--config", file], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  running.push(child);
  let text = "";
  const logEnded = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of child.stderr) text += decoder.decode(chunk);
  })();
  const log = () =>
    text
      .split("\n")
      .filter((line) => line.startsWith("{"))
      // The test compares with what it expects.
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const says = (message: string) => until(() => log().some((line) => line["message"] === message));
  await says("serving");
  const port = Number(/:(\d+)$/.exec(String(log()[0]?.["address"]))?.[1]);
  return { child, port, log, says, logEnded };
}

async function get(port: number): Promise<number> {
  const client = await RawClient.connect(port);
  await client.send(GET);
  const { status } = await client.response();
  client.close();
  return status;
}

const REDIRECT = "routes: {/: {type: redirect, target: /x}}\n";

describe("prox serve", () => {
  test("opens its access log anew on SIGUSR1", async () => {
    const { child, port, says } = await serve(`access_log: {path: a.log}\n${REDIRECT}`);
    const [current, rotated] = [join(folder, "a.log"), join(folder, "a.log.1")];
    expect(await get(port)).toBe(307);
    await until(() => readFileSync(current, "utf8").includes("\n"));
    renameSync(current, rotated);
    child.kill("SIGUSR1");
    await says("log files reopened");
    expect(await get(port)).toBe(307);
    await until(() => readFileSync(current, "utf8").includes("\n"));
    expect(readFileSync(rotated, "utf8").trim().split("\n")).toHaveLength(1);
  });

  test("survives SIGUSR1 where nothing can be opened", async () => {
    const { child, port, says } = await serve(`access_log: {path: a.log}\n${REDIRECT}`);
    renameSync(folder, `${folder}-moved`);
    child.kill("SIGUSR1");
    await says("access log not reopened");
    renameSync(`${folder}-moved`, folder);
    expect(await get(port)).toBe(307);
  });

  test("survives SIGUSR1 without an access log", async () => {
    const { child, port, says } = await serve(`access_log: {format: off}\n${REDIRECT}`);
    child.kill("SIGUSR1");
    await says("log files reopened");
    expect(await get(port)).toBe(307);
  });

  test("writes the last lines before it stops", async () => {
    const { child, port } = await serve(REDIRECT);
    expect(await get(port)).toBe(307);
    child.kill("SIGTERM");
    const lines = await new Response(child.stdout).text();
    expect(await child.exited).toBe(0);
    expect(
      lines
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).status),
    ).toEqual([307]);
  });

  test("stops although nobody reads its access log", async () => {
    const fifo = join(folder, "a.log");
    Bun.spawnSync(["mkfifo", fifo]);
    // Somebody who opens it, and never reads.
    const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
    const { child, port, log, logEnded } = await serve(`access_log: {path: a.log}\n${REDIRECT}`);
    const client = await RawClient.connect(port);
    client.countOnly();
    // More than a pipe holds.
    const padded = GET.replace("\r\n\r\n", `\r\nReferer: ${"x".repeat(8000)}\r\n\r\n`);
    for (let i = 0; i < 40; i++) await client.send(padded);
    await client.until(() => client.received > 40 * 200, "the answers");
    child.kill("SIGTERM");
    expect(await child.exited).toBe(0);
    await logEnded;
    expect(log().at(-1)).toMatchObject({ message: "stopped", cut: false });
    closeSync(reader);
  });

  test("ends what is under way at the second signal", async () => {
    await using upstream = silentUpstream();
    const { child, port, says, log, logEnded } = await serve(
      `routes: {/: {type: proxy, target: 'http://127.0.0.1:${upstream.port}'}}\n`,
    );
    const client = await RawClient.connect(port);
    await client.send(GET);
    await until(() => upstream.connections > 0);
    child.kill("SIGTERM");
    await says("draining");
    child.kill("SIGINT");
    expect(await child.exited).toBe(0);
    await logEnded;
    expect(log().at(-1)).toMatchObject({ message: "stopped", cut: true });
  });

  test("says why it does not start", async () => {
    const taken = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    const file = join(folder, "config.yaml");
    writeFileSync(file, `listen_addr: 127.0.0.1:${taken.port}\n${REDIRECT}`);
    const { exitCode, stderr } = Bun.spawnSync([process.execPath, MAIN, "serve", "-c", file]);
    taken.stop();
    expect(exitCode).toBe(1);
    expect(stderr.toString()).toContain("EADDRINUSE");
    expect(stderr.toString()).toContain(`127.0.0.1:${taken.port}`);
    expect(stderr.toString()).not.toContain("    at ");
  });
});

/** Accepts, reads, and never says a word. */
function silentUpstream() {
  let connections = 0;
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open() {
        connections += 1;
      },
      data() {},
    },
  });
  return {
    port: listener.port,
    get connections() {
      return connections;
    },
    async [Symbol.asyncDispose]() {
      listener.stop(true);
    },
  };
}
