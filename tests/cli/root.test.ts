import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { runCli } from "../../src/cli/root.ts";
import { type FakeTerminal, fakeTerminal } from "../support/fake-terminal.ts";
import { expectGolden } from "../support/golden.ts";

const CONFIGS = join(import.meta.dir, "..", "golden", "cli", "configs");

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function prox(
  argv: readonly string[],
  terminal: FakeTerminal = fakeTerminal(),
): Promise<Run> {
  const code = await runCli(argv, terminal);
  return { code, ...terminal.written };
}

function config(name: string): string {
  return join(CONFIGS, `${name}.yaml`);
}

/** Where the repository lies and what is drawn by lot is not part of a golden file. */
function stable(text: string): string {
  return text
    .replaceAll(CONFIGS, "configs")
    .replace(/\b[0-9a-f]{32}\b/g, "<id>")
    .replace(/<id>-[0-9a-f]{16}/g, "<id>-<span>");
}

describe("prox validate", () => {
  const cases = [
    ["good", 0],
    ["warning", 0],
    ["bad", 1],
    ["not-yaml", 1],
    ["not-there", 1],
  ] as const;

  test.each(cases)("reports on the file '%s' and exits %d", async (name, code) => {
    const plain = await prox(["validate", config(name)]);
    expect(plain.code).toBe(code);
    expect(plain.stderr).toBe("");
    expectGolden(`cli/validate/${name}.plain.txt`, stable(plain.stdout));

    const terminal = await prox(["validate", config(name)], fakeTerminal({ isTerminal: true }));
    expectGolden(`cli/validate/${name}.terminal.txt`, stable(terminal.stdout));

    const json = await prox(["validate", config(name), "--json"]);
    expect(json.code).toBe(code);
    expectGolden(`cli/validate/${name}.json`, stable(json.stdout));
  });

  test.each([
    ["good", 0],
    ["warning", 1],
    ["bad", 1],
  ])("with --strict exits for '%s' with %d", async (name, code) => {
    expect((await prox(["validate", config(name), "--strict"])).code).toBe(code);
  });

  test("takes the file as an argument or as a flag, before or after the command, but once", async () => {
    const file = config("good");
    const [first, ...rest] = await Promise.all(
      [
        ["validate", file],
        ["validate", "--config", file],
        ["validate", `-c${file}`],
        ["--config", file, "validate"],
      ].map((argv) => prox(argv)),
    );
    expect(first?.code).toBe(0);
    for (const run of rest) expect(run).toEqual(first as Run);
    expect((await prox(["validate", file, "--config", file])).code).toBe(2);
  });
});

describe("prox serve", () => {
  test.each([[["serve", "--config", config("bad")]], [["--config", config("bad")]]])(
    "%j reports an invalid configuration on stderr and exits 1",
    async (argv) => {
      const run = await prox(argv);
      const { stdout } = await prox(["validate", config("bad")]);
      expect(run).toEqual({ code: 1, stdout: "", stderr: stdout });
    },
  );
});

describe("prox explain", () => {
  const cases = [
    ["proxy", ["GET", "/a/./b/../c%2Fd?x=%20", "-H", "x-a: 1", "-H", "Connection: x-a"]],
    ["rules", ["POST", "http://www.test:81/api/users?q", "-H", "Cookie: c", "-H", "x-b: 2"]],
    [
      "trusted",
      ["GET", "/", "-H", "X-Forwarded-For: 198.51.100.7", "-H", "x-b: 1", "-H", "x-b: 2"],
    ],
    ["wildcard-redirect", ["GET", "http://www.example.com/x?y=1"]],
    ["file", ["GET", "https://FILES.example.com/assets/"]],
    ["file-refused", ["DELETE", "http://files.example.com/assets/x"]],
    ["tls-upstream", ["GET", "/x", "-H", "Host: secure.example.com"]],
    ["bad-path", ["GET", "/..%2f"]],
    ["trace", ["TRACE", "/"]],
  ] as const;

  test.each(cases)("shows the case '%s'", async (name, words) => {
    const text = await prox(["explain", ...words, "-c", config("good")]);
    expect(text).toMatchObject({ code: 0, stderr: "" });
    expectGolden(`cli/explain/${name}.txt`, stable(text.stdout));
    const json = await prox(["explain", ...words, "--json", "-c", config("good")]);
    expectGolden(`cli/explain/${name}.json`, stable(json.stdout));
  });

  test("says so where no route matches", async () => {
    const { code, stdout } = await prox([
      "explain",
      "GET",
      "/x",
      "-c",
      config("warning"),
      "--json",
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      route: null,
      type: null,
      upstream: null,
      url: null,
      limits: null,
      refused: { reason: "no_route", status: 404 },
    });
  });

  test("of an invalid configuration reports that on stderr and exits 1", async () => {
    const run = await prox(["explain", "GET", "/", "-c", config("bad")]);
    expect(run).toMatchObject({ code: 1, stdout: "" });
    expect(run.stderr).toContain("Configuration validation failed:");
  });

  test.each([
    [["explain", "GET"], "Missing argument URL"],
    [["explain", "G T", "/"], "'G T' is not a method"],
    [["explain", "GET", "x"], "'x' is neither an http URL nor a path"],
    [["explain", "GET", "ftp://x/"], "'ftp://x/' is neither an http URL nor a path"],
    [["explain", "GET", "http://u@h/"], "'u@h' is not a host"],
    [["explain", "GET", "/", "-H", "no colon"], "'no colon' is not a header: write 'name: value'"],
    [["explain", "GET", "/", "-H", "a: b\nc: d"], "is not a header: write 'name: value'"],
  ])("refuses %j", async (argv, message) => {
    const run = await prox([...argv, "--config", config("good")]);
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toContain(message);
  });
});

describe("prox", () => {
  test("prints its version in one line", async () => {
    const run = await prox(["--version"]);
    expect(run.code).toBe(0);
    expect(run.stdout).toMatch(/^prox \d+\.\d+\.\d+ \(\S+, bun \d+\.\d+\.\d+\)\n$/);
  });

  test.each([["help"], ["help serve"], ["help validate"], ["help explain"], ["help schema"]])(
    "prints '%s' without colours where there are none",
    async (line) => {
      const run = await prox(line.split(" "));
      expect(run.code).toBe(0);
      expectGolden(`cli/${line.replace(" ", "-")}.txt`, run.stdout);
    },
  );

  test("prints the JSON Schema that editors need", async () => {
    const { code, stdout } = await prox(["schema"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ type: "object", properties: { routes: {} } });
  });

  test.each([
    [["serv"], "Unknown command 'serv' - did you mean 'serve'?"],
    [["serve", "--port", "1"], "Unknown flag '--port'"],
    [["validate", "--jsno"], "Unknown flag '--jsno' - did you mean '--json'?"],
    [["--config"], "Flag '--config' needs a value"],
    [["--conf", "x"], "Unknown command 'x'"],
  ])("refuses %j on stderr with exit code 2", async (argv, message) => {
    const run = await prox(argv);
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toBe(`prox: ${message}\nTry 'prox help'.\n`);
  });
});
