import { parseArgs } from "node:util";
import { attempt, isAlive } from "./fuzz/fuzz-client.ts";
import { ProxUnderTest } from "./fuzz/prox-under-test.ts";
import { Random } from "./fuzz/random.ts";
import { RecordingUpstream } from "./fuzz/recording-upstream.ts";

/**
 * Sends random mutations of requests through a running Prox to an upstream that answers with random
 * mutations of responses. Fails on a crash, a hang, a leak of connections or memory, or anything
 * that could be read in two ways on either side.
 *
 *   bun scripts/fuzz.ts [--count N] [--seconds N] [--seed N] [--connections N] [--binary]
 */

const USAGE =
  "usage: bun scripts/fuzz.ts [--count N] [--seconds N] [--seed N] [--connections N] [--binary]";
/** Longest deadline of the configuration under test, and some time for a loaded machine. */
const QUIET_TIMEOUT_MS = 20_000;
const ALLOWED_GROWTH = 64 * 1024 * 1024;
const REPORT_EVERY_MS = 10_000;

interface Settings {
  readonly count: number;
  readonly seconds: number;
  readonly seed: number;
  readonly connections: number;
  readonly binary: boolean;
}

class FuzzRun {
  readonly problems: string[] = [];
  messages = 0;
  connections = 0;
  answered = 0;
  readonly #settings: Settings;
  readonly #prox: ProxUnderTest;
  readonly #upstream: RecordingUpstream;
  readonly #deadline: number;
  #reportAt = 0;

  constructor(settings: Settings, prox: ProxUnderTest, upstream: RecordingUpstream) {
    this.#settings = settings;
    this.#prox = prox;
    this.#upstream = upstream;
    this.#deadline = performance.now() + settings.seconds * 1000;
  }

  /** Sends until `share` of the messages (or of the time) is spent, or something is wrong. */
  async send(share: number): Promise<void> {
    const until = this.#settings.count * share;
    const stopAt = this.#deadline - this.#settings.seconds * 1000 * (1 - share);
    const worker = async () => {
      while (this.messages < until && performance.now() < stopAt && this.#isWell()) {
        await this.#one();
      }
    };
    await Promise.all(Array.from({ length: this.#settings.connections }, worker));
  }

  /** Waits until no connection is left but the listening socket's. */
  async quiet(sockets: number): Promise<void> {
    const stopAt = performance.now() + QUIET_TIMEOUT_MS;
    while (this.#prox.ended === null && this.#prox.sockets > sockets) {
      if (performance.now() > stopAt) {
        this.problems.push(`${this.#prox.sockets - sockets} connections are left open`);
        return;
      }
      await Bun.sleep(100);
    }
  }

  async #one(): Promise<void> {
    const seed = this.#settings.seed + this.connections++;
    try {
      const { messages, sent, received, problem } = await attempt(this.#prox.port, seed);
      this.messages += messages;
      if (received !== "") this.answered++;
      if (problem !== null) {
        this.problems.push(
          `seed ${seed}: ${problem}\n  sent ${JSON.stringify(sent)}\n  received ${JSON.stringify(received)}`,
        );
      }
    } catch (error) {
      this.problems.push(`seed ${seed}: no connection: ${String(error)}`);
    }
    this.#report();
  }

  #isWell(): boolean {
    return this.problems.length < 5 && this.#upstream.problems.length < 5 && !this.#prox.ended;
  }

  #report(): void {
    const now = performance.now();
    if (now < this.#reportAt) return;
    this.#reportAt = now + REPORT_EVERY_MS;
    console.log(this.summary());
  }

  summary(): string {
    const { requests, mutatedAnswers } = this.#upstream;
    const memory = this.#prox.ended === null ? Math.round(this.#prox.memory / 1048576) : 0;
    return (
      `${this.messages} messages over ${this.connections} connections, ${this.answered} answered; ` +
      `${requests} requests reached the upstream, ${mutatedAnswers} mutated answers; ${memory} MiB`
    );
  }
}

async function fuzz(settings: Settings): Promise<string[]> {
  const upstream = new RecordingUpstream(new Random(settings.seed));
  const prox = await ProxUnderTest.start(upstream.port, settings.binary);
  const sockets = prox.sockets;
  const run = new FuzzRun(settings, prox, upstream);
  console.log(`seed ${settings.seed}, prox pid ${prox.pid} on port ${prox.port}`);
  // The heap and the caches find their size in the first part; what grows afterwards is a leak.
  await run.send(0.3);
  const before = prox.ended === null ? prox.memory : 0;
  await run.send(1);
  if (!(await isAlive(prox.port))) run.problems.push("does not answer any more");
  // Pooled connections may live; without their upstream they must not.
  upstream.stop();
  await run.quiet(sockets);
  if (prox.ended === null) {
    const growth = prox.memory - before;
    if (growth > ALLOWED_GROWTH) run.problems.push(`memory grew by ${growth} bytes`);
  } else run.problems.push(`prox ended: ${prox.ended}\n${prox.log}`);
  console.log(run.summary());
  await prox.stop();
  if (run.answered === 0 || upstream.requests === 0) run.problems.push("nothing got through");
  return [...run.problems, ...upstream.problems, ...prox.internalErrors];
}

function settings(): Settings {
  const { values } = parseArgs({
    options: {
      count: { type: "string", default: "20000" },
      seconds: { type: "string", default: "600" },
      seed: { type: "string", default: String(Date.now() % 1_000_000_000) },
      connections: { type: "string", default: "64" },
      binary: { type: "boolean", default: false },
    },
  });
  const { binary, ...numbers } = values;
  const [count, seconds, seed, connections] = [
    Number(numbers.count),
    Number(numbers.seconds),
    Number(numbers.seed),
    Number(numbers.connections),
  ];
  if (!(count > 0 && seconds > 0 && seed >= 0 && connections > 0)) throw new Error(USAGE);
  return { count, seconds, seed, connections, binary };
}

const problems = await fuzz(settings());
for (const problem of problems) console.error(`✗ ${problem}`);
console.log(problems.length === 0 ? "nothing found" : `${problems.length} problems`);
process.exit(problems.length === 0 ? 0 : 1);
