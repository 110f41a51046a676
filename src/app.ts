import { isatty } from "node:tty";
import { createLogger } from "./adapters/consola/logger.ts";
import { BatchedLineSink } from "./adapters/disk/line-sink.ts";
import { systemClock } from "./adapters/system/clock.ts";
import type { ListenAddress, Plan } from "./core/model.ts";
import type { Logger } from "./ports/logger.ts";
import { startWorker, type Worker, type WorkerPorts } from "./worker.ts";

/** How long a stop waits for exchanges in flight. */
const DRAIN_TIMEOUT_MS = 30_000;
/** How long it waits for somebody to take the last lines of the access log. */
const FLUSH_TIMEOUT_MS = 1_000;

export interface AppOptions {
  /** The configuration's file, for the log. */
  readonly configFile: string;
  /** The configuration, loaded and valid. */
  readonly plan: Plan;
}

/** A running Prox. */
export interface App {
  /** Resolves when it has stopped in order. */
  readonly stopped: Promise<void>;
}

/**
 * Starts serving a plan and stops on SIGTERM or SIGINT: in order the first time, at once the second.
 * @throws when the address or the access log cannot be opened, with a message that names it
 */
export async function startApp({ configFile, plan }: AppOptions): Promise<App> {
  const logger = await createLogger({
    level: plan.log.level,
    format: plan.log.format ?? (isatty(2) ? "pretty" : "json"),
  });
  const accessLog = openAccessLog(plan, logger);
  const worker = listen(plan, { clock: systemClock, logger, accessLog });
  logger.log("info", "serving", {
    address: listeningUrl(plan.listen, worker.port),
    config: configFile,
    routes: plan.routes.length,
    engine: plan.engine,
    pid: process.pid,
  });
  reopenOnSignal(accessLog, logger);
  return { stopped: stopOnSignal(worker, accessLog, logger) };
}

/** Bun says neither the port nor why it can not be had. */
function listen(plan: Plan, ports: WorkerPorts): Worker {
  try {
    return startWorker(plan, ports);
  } catch (cause) {
    const why = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
    const address = listeningUrl(plan.listen, plan.listen.port);
    throw new Error(`cannot listen on ${address}: ${why}`, { cause });
  }
}

function openAccessLog(plan: Plan, logger: Logger): BatchedLineSink | null {
  const { format, path } = plan.accessLog;
  if (format === "off") return null;
  return new BatchedLineSink({
    path,
    clock: systemClock,
    onLost(count, cause) {
      const reason = cause instanceof Error ? cause.message : "the reader is too slow";
      logger.log("error", "access log lines lost", { count, cause: reason });
    },
  });
}

function listeningUrl({ hostname }: ListenAddress, port: number): string {
  return `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
}

/** SIGUSR1 after a log rotation; without a file there is nothing to open, but the signal must not kill. */
function reopenOnSignal(accessLog: BatchedLineSink | null, logger: Logger): void {
  process.on("SIGUSR1", () => {
    try {
      accessLog?.reopen();
      logger.log("info", "log files reopened");
    } catch (error) {
      logger.log("error", "access log not reopened", { cause: String(error) });
    }
  });
}

async function stopOnSignal(
  worker: Worker,
  accessLog: BatchedLineSink | null,
  logger: Logger,
): Promise<void> {
  const signal = await firstSignal();
  const cut = new AbortController();
  const timer = setTimeout(() => cut.abort(), DRAIN_TIMEOUT_MS);
  for (const name of STOP_SIGNALS) process.on(name, () => cut.abort());
  logger.log("info", "draining", { signal, connections: worker.connections });
  await worker.drain(cut.signal);
  clearTimeout(timer);
  if (accessLog !== null) await flushInTime(accessLog);
  logger.log("info", "stopped", { cut: cut.signal.aborted });
}

/** A log that nobody reads must not keep a stopped Prox alive. */
async function flushInTime(accessLog: BatchedLineSink): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, FLUSH_TIMEOUT_MS);
  await Promise.race([accessLog.flush(), late]);
  clearTimeout(timer);
}

const STOP_SIGNALS = ["SIGTERM", "SIGINT"] as const;

function firstSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const name of STOP_SIGNALS) process.once(name, () => resolve(name));
  });
}
