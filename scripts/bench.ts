/**
 * Measures Prox side by side with nginx, HAProxy and Caddy in one run, and prints Markdown:
 *
 *   bun run bench [--seconds 5] [--rounds 5] [--case get-200b] [--only nginx,prox]
 *                 [--subject prox] [--prox 'dist/prox'] [--profile]
 *
 * Every proxy has one worker on one core; load and upstream have the other. Rounds are interleaved,
 * so that what disturbs the machine disturbs all. Method and figures: docs/performance.md
 */
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { CASES, type Case, expectAnswer, load } from "./bench/load.ts";
import { createPeers } from "./bench/peers.ts";
import { cpuMicroseconds, peakMemory, resetPeakMemory } from "./bench/process-tree.ts";
import { profile } from "./bench/profile.ts";
import { LOAD_CORE, type Running, startPeer, startUpstream } from "./bench/run.ts";
import { renderCase, type Sample } from "./bench/table.ts";

const WARM_UP_SECONDS = 1;

const { values: options } = parseArgs({
  options: {
    seconds: { type: "string", default: "5" },
    rounds: { type: "string", default: "5" },
    case: { type: "string", multiple: true },
    only: { type: "string" },
    subject: { type: "string", default: "prox" },
    prox: { type: "string" },
    profile: { type: "boolean", default: false },
  },
});

const seconds = positive("seconds", options.seconds);
const rounds = positive("rounds", options.rounds);
const cases = select("case", CASES, options.case);
const prox = options.prox?.split(" ") ?? [join(import.meta.dir, "../dist/prox")];
const peers = select("only", createPeers(prox), options.only?.split(","));

// Servers live in sbin, which is not on an ordinary user's PATH.
process.env["PATH"] = `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin`;
await preflight();

const folder = mkdtempSync(join(tmpdir(), "prox-bench-"));
const running: Running[] = [];
try {
  const upstream = await startUpstream(folder);
  running.push(upstream);
  const proxies: Running[] = [];
  for (const peer of peers) {
    const proxy = await startPeer(peer, folder, upstream.port);
    proxies.push(proxy);
    running.push(proxy);
  }
  if (options.profile) await profileSubject(proxies);
  else await measureAll(proxies);
} finally {
  await Promise.all(running.map((one) => one.stop()));
  rmSync(folder, { recursive: true, force: true });
}

async function measureAll(proxies: readonly Running[]): Promise<void> {
  for (const traffic of cases) {
    for (const { name, port } of proxies) await expectAnswer(traffic, name, port);
    const samples: Sample[] = [];
    for (let round = 1; round <= rounds; round++) {
      for (const proxy of proxies) samples.push(await measure(traffic, round, proxy));
    }
    console.log(renderCase(traffic.name, samples, options.subject));
  }
}

async function measure(traffic: Case, round: number, proxy: Running): Promise<Sample> {
  const target = { port: proxy.port, core: LOAD_CORE };
  await load(traffic, target, WARM_UP_SECONDS);
  resetPeakMemory(proxy.pid);
  const before = cpuMicroseconds(proxy.pid);
  const result = await load(traffic, target, seconds);
  const spent = cpuMicroseconds(proxy.pid) - before;
  const sample = {
    peer: proxy.name,
    case: traffic.name,
    round,
    cpuPerRequest: spent / result.requests,
    requestsPerSecond: result.requests / result.seconds,
    p50: result.p50,
    p99: result.p99,
    peakMemory: peakMemory(proxy.pid),
    errors: result.errors,
  };
  console.error(
    `${traffic.name} round ${round} ${proxy.name.padEnd(8)} ${sample.cpuPerRequest.toFixed(1)} µs/request`,
  );
  return sample;
}

async function profileSubject(proxies: readonly Running[]): Promise<void> {
  const subject = proxies.find(({ name }) => name === options.subject) ?? proxies[0];
  if (subject === undefined) return;
  for (const traffic of cases) {
    const target = { port: subject.port, core: LOAD_CORE };
    await load(traffic, target, WARM_UP_SECONDS);
    const loaded = load(traffic, target, seconds + 1);
    console.log(`### ${traffic.name}, ${subject.name}\n`);
    console.log(await profile(subject.pid, { folder, seconds }));
    await loaded;
  }
}

async function preflight(): Promise<void> {
  if (availableParallelism() < 2) fail("two cores are needed: one for the proxy, one for the load");
  const own = peers.filter(({ name }) => name !== "prox").map(({ program }) => program);
  const programs = ["wrk", "taskset", ...own, ...(options.profile ? ["perf"] : [])];
  const child = Bun.spawn([join(import.meta.dir, "peers"), ...programs], {
    stdout: "inherit",
    stderr: "inherit",
  });
  if ((await child.exited) !== 0) process.exit(1);
  const program = peers.find(({ name }) => name === "prox")?.program;
  if (program !== undefined && Bun.which(program) === null) {
    fail(`${program} is not there: 'bun run build' makes it`);
  }
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  return fail(`--${option} takes a positive whole number`);
}

function select<T extends { readonly name: string }>(
  option: string,
  all: readonly T[],
  names: readonly string[] | undefined,
): readonly T[] {
  if (names === undefined) return all;
  const unknown = names.find((name) => !all.some((one) => one.name === name));
  if (unknown === undefined) return all.filter(({ name }) => names.includes(name));
  return fail(`--${option} knows ${all.map(({ name }) => name).join(", ")}, not '${unknown}'`);
}

function fail(message: string): never {
  console.error(`bench: ${message}`);
  process.exit(2);
}
