import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  peakMemory,
  resetPeakMemory,
  residentMemory,
} from "../../../scripts/bench/process-tree.ts";
import { until } from "./wait.ts";

/** The compiled binary; `bun run build` makes it. */
const PROX_BINARY = join(import.meta.dir, "../../../dist/prox");

/** A running dist/prox. */
export class ProxProcess implements AsyncDisposable {
  readonly port: number;
  readonly pid: number;
  readonly #child: Bun.Subprocess<"ignore", number, "pipe">;
  readonly #folder: string;
  readonly #log: LogText;
  #residentBefore = 0;

  /**
   * Starts on a configuration whose `listen_addr` has port 0; the access log goes to a file that
   * nobody reads.
   */
  static async start(config: string): Promise<ProxProcess> {
    const folder = mkdtempSync(join(tmpdir(), "prox-e2e-"));
    const file = join(folder, "config.yaml");
    writeFileSync(file, `${config}\naccess_log: { path: access.log }\nlog: { format: json }\n`);
    const child = Bun.spawn([PROX_BINARY, "serve", "--config", file], {
      stdin: "ignore",
      stdout: 2,
      stderr: "pipe",
    });
    const log = new LogText(child.stderr);
    try {
      await until(() => log.port > 0 || child.exitCode !== null, "prox to serve");
    } catch {
      child.kill("SIGKILL");
    }
    if (log.port === 0) {
      rmSync(folder, { recursive: true, force: true });
      throw new Error(`prox does not serve:\n${await log.complete}`);
    }
    return new ProxProcess({ child, folder, log });
  }

  private constructor(parts: Parts) {
    this.port = parts.log.port;
    this.pid = parts.child.pid;
    this.#child = parts.child;
    this.#folder = parts.folder;
    this.#log = parts.log;
  }

  /** Bytes of resident memory at most since `markMemory`, over those at that time. */
  get memoryGrowth(): number {
    return peakMemory(this.pid) - this.#residentBefore;
  }

  markMemory(): void {
    resetPeakMemory(this.pid);
    this.#residentBefore = residentMemory(this.pid);
  }

  /** Stops, at once where it does not in order, and gives what it logged. */
  async stop(): Promise<string> {
    this.#child.kill("SIGTERM");
    const killer = setTimeout(() => this.#child.kill("SIGKILL"), 5_000);
    await this.#child.exited;
    clearTimeout(killer);
    rmSync(this.#folder, { recursive: true, force: true });
    return await this.#log.complete;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

interface Parts {
  readonly child: Bun.Subprocess<"ignore", number, "pipe">;
  readonly folder: string;
  readonly log: LogText;
}

/** What a process writes, as far as it came. */
class LogText {
  readonly complete: Promise<string>;
  #text = "";

  constructor(stream: ReadableStream<Uint8Array>) {
    this.complete = this.#collect(stream);
  }

  /** The port that the log says Prox serves on; 0 before it does. */
  get port(): number {
    return Number(/"message":"serving","address":"[^"]*:(\d+)"/.exec(this.#text)?.[1] ?? 0);
  }

  async #collect(stream: ReadableStream<Uint8Array>): Promise<string> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) this.#text += decoder.decode(chunk, { stream: true });
    return this.#text;
  }
}
