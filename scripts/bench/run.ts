import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { join } from "node:path";
import type { Peer } from "./peers.ts";

/** A program under the benchmark's control. */
export interface Running {
  readonly name: string;
  readonly pid: number;
  readonly port: number;
  stop(): Promise<void>;
}

/** Cores for the two sides, so that the load does not take time from what is measured. */
const PROXY_CORE = 0;
export const LOAD_CORE = 1;

const START_TIMEOUT_MS = 10_000;
const STOP_TIMEOUT_MS = 5_000;

/** Starts the upstream that all proxies share. */
export function startUpstream(folder: string): Promise<Running> {
  return start("upstream", LOAD_CORE, folder, (port) => ({
    command: [process.execPath, join(import.meta.dir, "upstream.ts"), String(port)],
  }));
}

/** Starts a proxy in front of the upstream. */
export function startPeer(peer: Peer, folder: string, upstreamPort: number): Promise<Running> {
  return start(peer.name, PROXY_CORE, folder, (port) =>
    peer.configure({ folder, port, upstreamPort }),
  );
}

async function start(
  name: string,
  core: number,
  folder: string,
  configure: (port: number) => { readonly command: readonly string[]; readonly env?: object },
): Promise<Running> {
  const port = await freePort();
  const { command, env } = configure(port);
  const log = join(folder, `${name}.log`);
  const file = openSync(log, "w");
  const child = Bun.spawn(["taskset", "-c", String(core), ...command], {
    stdin: "ignore",
    stdout: file,
    stderr: file,
    env: { ...process.env, ...env },
  });
  closeSync(file);
  if (!(await accepts(port, () => child.exitCode === null))) {
    child.kill("SIGKILL");
    throw new Error(`${name} does not listen:\n${readFileSync(log, "utf8").slice(-2000)}`);
  }
  return {
    name,
    pid: child.pid,
    port,
    async stop() {
      child.kill("SIGTERM");
      const killer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
      await child.exited;
      clearTimeout(killer);
    },
  };
}

/** Asks the kernel for a port; it is free again when this returns. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  // A listening TCP server has an address of this kind.
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function accepts(port: number, alive: () => boolean): Promise<boolean> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < deadline && alive()) {
    const connected = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("connect", () => resolve(true));
      socket.once("error", () => resolve(false));
      socket.once("close", () => socket.destroy());
      socket.once("connect", () => socket.end());
    });
    if (connected) return true;
    await Bun.sleep(20);
  }
  return false;
}
