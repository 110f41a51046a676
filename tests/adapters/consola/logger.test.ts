import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { LogFields, LogLevel } from "../../../src/ports/logger.ts";

const LOGGER = join(import.meta.dir, "../../../src/adapters/consola/logger.ts");

type Line = readonly [level: LogLevel, message: string, fields?: LogFields];

/** Logs in a process of its own, whose standard error is what counts; returns its lines. */
function logged(options: object, lines: readonly Line[]): string[] {
  const script = `
    import { createLogger } from ${JSON.stringify(LOGGER)};
    const logger = await createLogger(${JSON.stringify(options)});
    for (const line of ${JSON.stringify(lines)}) logger.log(...line);`;
  const { stdout, stderr } = Bun.spawnSync([process.execPath, "-e", script]);
  expect(stdout.toString()).toBe("");
  return stderr.toString().split("\n").slice(0, -1);
}

const EACH: readonly Line[] = [
  ["debug", "d"],
  ["info", "i"],
  ["warn", "w"],
  ["error", "e"],
];
/** What a client could try to put into the log. */
const NASTY = 'a b="c"\n[error] forged\r\x1b[2J\x7f\x9b2J';

describe("createLogger", () => {
  test.each([
    ["debug", "diwe"],
    ["info", "iwe"],
    ["warn", "we"],
    ["error", "e"],
  ])("logs from level %s on, in both formats", (level, letters) => {
    const json = logged({ level, format: "json" }, EACH);
    expect(json.map((line) => JSON.parse(line).message).join("")).toBe(letters);
    const pretty = logged({ level, format: "pretty" }, EACH);
    expect(pretty.map((line) => line.at(-1)).join("")).toBe(letters);
  });

  test("writes JSON lines with time, level, message and fields that have a value", () => {
    const [line = ""] = logged({ level: "info", format: "json" }, [
      ["warn", "hello", { port: 80, tls: false, cause: NASTY }],
    ]);
    expect(line).toMatch(/^[ -~]+$/);
    expect(JSON.parse(line)).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      level: "warn",
      message: "hello",
      port: 80,
      tls: false,
      cause: NASTY,
    });
  });

  test("writes pretty lines that no value can forge", () => {
    const lines = logged({ level: "info", format: "pretty" }, [
      ["info", "hello", { url: "http://[::1]:80/a", cause: NASTY, empty: "" }],
    ]);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^[ -~]+$/);
    expect(lines[0]).toContain('hello url="http://[::1]:80/a" cause="a b=');
    expect(lines[0]).toEndWith(' empty=""');
  });
});
