import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "../..");
const START_TIMEOUT_MS = 15_000;
const STOP_TIMEOUT_MS = 15_000;
const KEPT_LOG_BYTES = 65536;

/** A Prox in a process of its own, with short deadlines, in front of one upstream. */
export class ProxUnderTest {
  readonly pid: number;
  port = 0;
  /** Access-log lines of exchanges that failed inside of Prox. */
  readonly internalErrors: string[] = [];
  readonly #child: Bun.Subprocess<"ignore", "pipe", "pipe">;
  readonly #folder: string;
  #log = "";
  #started = Promise.withResolvers<void>();

  /** Starts `dist/prox` or the sources. */
  static async start(upstreamPort: number, binary: boolean): Promise<ProxUnderTest> {
    const prox = new ProxUnderTest(upstreamPort, binary);
    const timer = setTimeout(() => prox.#started.reject(new Error("timeout")), START_TIMEOUT_MS);
    try {
      await prox.#started.promise;
      return prox;
    } catch (cause) {
      await prox.stop();
      throw new Error(`prox did not start:\n${prox.log}`, { cause });
    } finally {
      clearTimeout(timer);
    }
  }

  private constructor(upstreamPort: number, binary: boolean) {
    this.#folder = mkdtempSync(join(tmpdir(), "prox-fuzz-"));
    const config = join(this.#folder, "config.yaml");
    writeFileSync(config, configuration(upstreamPort));
    const command = binary
      ? [join(ROOT, "dist/prox")]
      : [process.execPath, join(ROOT, "src/main.ts")];
    this.#child = Bun.spawn([...command, "serve", "--config", config], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    this.pid = this.#child.pid;
    void this.#readLog();
    void this.#readAccessLog();
  }

  /** How the process ended; null while it runs. */
  get ended(): string | null {
    const { exitCode, signalCode } = this.#child;
    return exitCode === null && signalCode === null ? null : `${signalCode ?? exitCode}`;
  }

  /** The end of what it said on standard error. */
  get log(): string {
    return this.#log;
  }

  /** Resident memory, bytes. */
  get memory(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, "utf8");
    return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) * 1024;
  }

  /** Sockets open now, listening ones included. */
  get sockets(): number {
    let count = 0;
    for (const fd of readdirSync(`/proc/${this.pid}/fd`)) count += isSocket(this.pid, fd) ? 1 : 0;
    return count;
  }

  async stop(): Promise<void> {
    this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), STOP_TIMEOUT_MS);
    await this.#child.exited;
    clearTimeout(timer);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #readLog(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of this.#child.stderr) {
      this.#log = (this.#log + decoder.decode(chunk)).slice(-KEPT_LOG_BYTES);
      const port = Number(/"address":"http:\/\/127\.0\.0\.1:(\d+)/.exec(this.#log)?.[1] ?? 0);
      if (this.port === 0 && port > 0) {
        this.port = port;
        this.#started.resolve();
      }
    }
    this.#started.reject(new Error(`exit ${await this.#child.exited}`));
  }

  async #readAccessLog(): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of this.#child.stdout) {
      const lines = (rest + decoder.decode(chunk)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (line.includes('"internal_error"') && this.internalErrors.length < 20) {
          this.internalErrors.push(line);
        }
      }
    }
  }
}

function isSocket(pid: number, fd: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith("socket:");
  } catch {
    return false;
  }
}

function configuration(upstreamPort: number): string {
  return `listen_addr: 127.0.0.1:0
timeouts:
  request_header: 3s
  request_body: 3s
  connect: 3s
  response_header: 3s
  idle: 3s
  keep_alive: 3s
log: { level: info, format: json }
access_log: { format: json }
routes:
  /:
    type: proxy
    target: http://127.0.0.1:${upstreamPort}
`;
}
