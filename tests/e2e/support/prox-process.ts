import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  peakMemory,
  resetPeakMemory,
  residentMemory,
} from "../../../scripts/bench/process-tree.ts";

/** The compiled binary; `bun run build` makes it. */
export const PROX_BINARY = join(import.meta.dir, "../../../dist/prox");

const START_PATIENCE_MS = 20_000;

/** A running dist/prox. */
export class ProxProcess implements AsyncDisposable {
  readonly port: number;
  readonly pid: number;
  readonly #child: Bun.Subprocess<"ignore", number, "pipe">;
  readonly #folder: string;
  readonly #log: Promise<string>;
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
    const [shown, kept] = child.stderr.tee();
    const port = await Promise.race([servingPort(shown), Bun.sleep(START_PATIENCE_MS)]);
    const log = new Response(kept).text();
    if (port === undefined) {
      child.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
      throw new Error(`prox does not serve:\n${await log}`);
    }
    return new ProxProcess(port, { child, folder, log });
  }

  private constructor(
    port: number,
    parts: {
      readonly child: Bun.Subprocess<"ignore", number, "pipe">;
      readonly folder: string;
      readonly log: Promise<string>;
    },
  ) {
    this.port = port;
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
    return await this.#log;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** Reads the log up to the line that says where Prox serves. */
async function servingPort(log: ReadableStream<Uint8Array>): Promise<number | undefined> {
  let text = "";
  const decoder = new TextDecoder();
  let port: number | undefined;
  for await (const chunk of log) {
    // The rest is drained, so that the other reader is not held up.
    text += decoder.decode(chunk, { stream: true });
    port = Number(/"message":"serving","address":"[^"]*:(\d+)"/.exec(text)?.[1]) || undefined;
    if (port !== undefined) break;
  }
  return port;
}
