import { join } from "node:path";

/** One kind of traffic. */
export interface Case {
  readonly name: string;
  /** Path of the upstream's answer: its size in bytes. */
  readonly path: string;
  /** Bytes of request body, sent by POST; 0 = GET. */
  readonly bodyBytes: number;
  readonly connections: number;
}

export const CASES: readonly Case[] = [
  { name: "get-200b", path: "/200", bodyBytes: 0, connections: 64 },
  { name: "post-4k", path: "/200", bodyBytes: 4096, connections: 64 },
  { name: "get-64k", path: "/65536", bodyBytes: 0, connections: 64 },
  { name: "get-1m", path: "/1048576", bodyBytes: 0, connections: 16 },
];

/** What wrk saw; latencies in milliseconds. */
export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  readonly bytes: number;
  readonly p50: number;
  readonly p99: number;
  readonly errors: number;
}

/** Runs wrk, pinned to a core, against a port of this machine. */
export async function load(
  traffic: Case,
  target: { readonly port: number; readonly core: number },
  seconds: number,
): Promise<LoadResult> {
  const child = Bun.spawn(
    [
      ...["taskset", "-c", String(target.core)],
      ...["wrk", "-t1", `-c${traffic.connections}`, `-d${seconds}s`, "--timeout", "10s"],
      ...["-s", join(import.meta.dir, "wrk.lua")],
      `http://127.0.0.1:${target.port}${traffic.path}`,
      ...["--", String(traffic.bodyBytes)],
    ],
    { stdout: "pipe", stderr: "inherit" },
  );
  const output = await new Response(child.stdout).text();
  const line = /^RESULT (.*)$/m.exec(output)?.[1];
  if ((await child.exited) !== 0 || line === undefined) {
    throw new Error(`wrk failed on port ${target.port}:\n${output}`);
  }
  // Our own script printed it: an I/O edge.
  return JSON.parse(line) as LoadResult;
}

/** Makes sure that a proxy answers a case as the upstream would, before anything is measured. */
export async function expectAnswer(traffic: Case, name: string, port: number): Promise<void> {
  const body = traffic.bodyBytes > 0 ? new Uint8Array(traffic.bodyBytes) : null;
  const answer = await fetch(`http://127.0.0.1:${port}${traffic.path}`, {
    method: body === null ? "GET" : "POST",
    body,
  });
  const bytes = (await answer.arrayBuffer()).byteLength;
  if (answer.status !== 200 || `/${bytes}` !== traffic.path) {
    throw new Error(`${name} answers ${traffic.name} with ${answer.status} and ${bytes} bytes`);
  }
}
