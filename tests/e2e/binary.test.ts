import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { version } from "../../package.json";

const BINARY = join(import.meta.dir, "..", "..", "dist", "prox");
const GOOD = `listen_addr: "127.0.0.1:0"\nroutes:\n  /: { type: redirect, target: "https://\${HOST:-example.com}/" }\n`;
const BAD = `listen_addr: "nowhere"\nroutes:\n  /: { type: redirect, traget: "/" }\n`;

let folder = "";

beforeAll(() => {
  if (!existsSync(BINARY)) throw new Error(`${BINARY} is missing: bun scripts/build.ts`);
  folder = mkdtempSync(join(tmpdir(), "prox-binary-"));
  writeFileSync(join(folder, "good.yaml"), GOOD);
  writeFileSync(join(folder, "bad.yaml"), BAD);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function prox(args: readonly string[], cwd = folder): Promise<Outcome> {
  const child = start(args, cwd);
  const [code, stdout, stderr] = await Promise.all([
    child.exited,
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { code, stdout, stderr };
}

function start(args: readonly string[], cwd = folder) {
  return Bun.spawn([BINARY, ...args], { cwd, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
}

/** Runs a command on a pseudo-terminal and returns what it wrote there. */
async function onTerminal(args: readonly string[], env: Record<string, string>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  const child = Bun.spawn([BINARY, ...args], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: undefined, TERM: "xterm", ...env },
    terminal: {
      data: (_, bytes) => {
        text += decoder.decode(bytes, { stream: true });
      },
    },
  });
  await child.exited;
  child.terminal?.close();
  return text.replaceAll("\r\n", "\n");
}

describe("dist/prox", () => {
  test("knows its version and commit", async () => {
    const { code, stdout } = await prox(["--version"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^prox \S+ \((?:[0-9a-f]{7}(?:-dirty)?|unknown), bun \d+\.\d+\.\d+\)\n$/,
    );
    expect(stdout.split(" ")[1]).toBe(version);
  });

  test("validates: words without emoji or colours in a pipe, exit code 0 or 1", async () => {
    const good = await prox(["validate", "good.yaml"]);
    expect(good).toMatchObject({ code: 0, stderr: "" });
    expect(good.stdout).toContain("Configuration is valid and ready to use!");
    const bad = await prox(["validate", "bad.yaml"]);
    expect(bad).toMatchObject({ code: 1, stderr: "" });
    expect(bad.stdout).toContain("Found 3 validation error(s):");
    expect(bad.stdout).toContain("bad.yaml:3:24");
    const all = good.stdout + bad.stdout;
    expect(all).not.toMatch(/\p{Extended_Pictographic}/u);
    expect(all).not.toContain("\u001b");
    expect(await prox(["validate", "none.yaml"])).toMatchObject({ code: 1 });
  });

  test("validates on a terminal with emoji, carets and colours, without the last under NO_COLOR", async () => {
    const coloured = await onTerminal(["validate", "bad.yaml"], {});
    expect(coloured).toContain("\u001b[31m^\u001b[39m");
    const plain = await onTerminal(["validate", "bad.yaml"], { NO_COLOR: "1" });
    expect(plain).toContain("❌ Configuration validation failed:");
    expect(plain).toContain('1 | listen_addr: "nowhere"\n       |              ^\n');
    expect(plain).not.toContain("\u001b");
  });

  test("prints the whole schema into a slow pipe, and bears a reader that leaves", async () => {
    const whole = Bun.spawn(["sh", "-c", `"${BINARY}" schema | { sleep 0.2; cat; }`]);
    expect(JSON.parse(await new Response(whole.stdout).text())).toHaveProperty("properties");
    const left = Bun.spawn(["sh", "-c", `{ "${BINARY}" schema; echo $? >&2; } | head -c 1`], {
      stderr: "pipe",
    });
    expect(await new Response(left.stderr).text()).toBe("0\n");
  });

  test.each([[["serve", "--port", "1"]], [["validate", "--jsn"]], [["srve"]]])(
    "refuses %j with exit code 2",
    async (args) => {
      const { code, stdout, stderr } = await prox(args);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toStartWith("prox: Unknown ");
    },
  );

  test("judges regexes", async () => {
    const rule = `response_headers: { add: { a: b }, condition: { path_matches: "^(a+)+$" } }`;
    const text = GOOD.replace(" }\n", `, ${rule} }\n`);
    writeFileSync(join(folder, "regex.yaml"), text);
    const { code, stdout } = await prox(["validate", "regex.yaml"]);
    expect(stdout).toContain("Invalid regex");
    expect(code).toBe(1);
  });

  test("does not read a .env or bunfig.toml in the working directory", async () => {
    const trap = join(folder, "trap");
    mkdirSync(trap);
    writeFileSync(join(trap, "config.yaml"), GOOD);
    writeFileSync(join(trap, ".env"), "HOST=evil.example\n");
    writeFileSync(join(trap, "bunfig.toml"), 'preload = ["./preload.ts"]\n');
    writeFileSync(join(trap, "preload.ts"), `require("node:fs").writeFileSync("ran", "");\n`);
    const { code, stdout } = await prox(["explain", "GET", "/x", "--json"], trap);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ url: "https://example.com/x" });
    expect(existsSync(join(trap, "ran"))).toBe(false);
  });
});

describe("dist/prox serve", () => {
  test("says on stderr why it does not serve an invalid configuration", async () => {
    const { code, stdout, stderr } = await prox(["--config", "bad.yaml"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("Configuration validation failed:");
  });

  test("proxies until SIGTERM and exits with 0", async () => {
    const upstream = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: async (request) =>
        new Response(`${request.method} ${new URL(request.url).pathname} ${await request.text()}`),
    });
    const config = join(folder, "serve.yaml");
    const target = `http://127.0.0.1:${upstream.port}`;
    const routes = `routes:\n  /api: { type: proxy, target: "${target}" }\n`;
    writeFileSync(
      config,
      `listen_addr: "127.0.0.1:0"\n${routes}access_log: { path: access.log }\n`,
    );
    const child = start(["serve", "--config", config]);
    try {
      const { address } = await servingLine(child.stderr);
      const answer = await fetch(`${address}/api/x`, { method: "POST", body: "hello" });
      expect([answer.status, await answer.text()]).toEqual([200, "POST /api/x hello"]);
      expect((await fetch(`${address}/other`)).status).toBe(404);
      child.kill("SIGTERM");
      expect(await child.exited).toBe(0);
      const lines = readFileSync(join(folder, "access.log"), "utf8").trim().split("\n");
      expect(lines.map((line) => JSON.parse(line).status)).toEqual([200, 404]);
    } finally {
      child.kill("SIGKILL");
      await upstream.stop(true);
    }
  });
});

/** Waits for the log line that names the address, which port 0 leaves open. */
async function servingLine(stderr: ReadableStream<Uint8Array>): Promise<{ address: string }> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stderr) {
    text += decoder.decode(chunk, { stream: true });
    const line = text.split("\n").find((each) => each.includes('"serving"'));
    if (line !== undefined && text.includes(`${line}\n`)) return JSON.parse(line);
  }
  throw new Error(`Prox ended without serving: ${text}`);
}
