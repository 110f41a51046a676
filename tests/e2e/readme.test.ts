/** Runs each curl line of the README against `./scripts/run`, and compares what it prints. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts } from "./support/free-ports.ts";
import { matchesTranscript, readTranscripts } from "./support/transcript.ts";
import { until } from "./support/wait.ts";

const project = join(import.meta.dir, "../..");
const transcripts = readTranscripts(readFileSync(join(project, "README.md"), "utf8"));
const folder = mkdtempSync(join(tmpdir(), "prox-readme-"));
const START_TIMEOUT_MS = 60_000;

/** The sample on ports that nobody else uses: the README's port to the one of this run. */
const ports = new Map<string, string>();
let output = "";
let child: Bun.Subprocess<"ignore", "pipe", "inherit">;

function relocate(text: string): string {
  return text.replace(/\b(8080|900[123])\b/g, (port) => ports.get(port) ?? port);
}

beforeAll(async () => {
  const free = await freePorts(4);
  ["8080", "9001", "9002", "9003"].forEach((port, i) => {
    ports.set(port, String(free[i]));
  });
  const config = relocate(readFileSync(join(project, "config.yaml"), "utf8"));
  const file = join(folder, "config.yaml");
  writeFileSync(file, config.replaceAll("root: examples/", `root: ${project}/examples/`));
  child = Bun.spawn(["./scripts/run", file], {
    cwd: project,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
    env: { ...process.env, UPSTREAM_PORTS: free.slice(1).join(",") },
  });
  void collect(child.stdout);
  await until(
    () => output.includes("Ctrl-C stops it") || child.exitCode !== null,
    "./scripts/run",
    START_TIMEOUT_MS,
  );
  expect(output).toContain("Ctrl-C stops it");
}, START_TIMEOUT_MS);

afterAll(async () => {
  child?.kill("SIGTERM");
  await child?.exited;
  rmSync(folder, { recursive: true, force: true });
});

async function collect(stream: ReadableStream<Uint8Array>): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) output += decoder.decode(chunk, { stream: true });
}

test("README shows curl lines to try", () => {
  expect(transcripts.length).toBeGreaterThan(5);
});

test.each(transcripts)("README is true: $command", async ({ command, printed }) => {
  const curl = Bun.spawn(["sh", "-c", relocate(command)], { stdout: "pipe", stderr: "inherit" });
  const actual = await new Response(curl.stdout).text();
  expect(await curl.exited).toBe(0);
  const expected = relocate(printed);
  // Where they differ, the runner shows both.
  if (!matchesTranscript(expected, actual)) expect(actual).toBe(expected);
});

test("./scripts/run prints the README's curl lines", () => {
  for (const { command } of transcripts) expect(output).toContain(command);
});
