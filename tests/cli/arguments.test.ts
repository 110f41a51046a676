import { describe, expect, test } from "bun:test";
import type { ArgsDef } from "citty";
import { checkArguments, flagValues, parseInvocation } from "../../src/cli/arguments.ts";
import { UsageError } from "../../src/cli/usage-error.ts";

const COMMANDS = ["serve", "validate", "explain"];
const DEFINITION: ArgsDef = {
  method: { type: "positional" },
  file: { type: "positional", required: false },
  config: { type: "string", alias: "c" },
  header: { type: "string", alias: ["H"] },
  json: { type: "boolean" },
};

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("parseInvocation", () => {
  test.each([
    [[], "serve", []],
    [["--config", "x.yaml"], "serve", ["--config", "x.yaml"]],
    [["--config=x.yaml"], "serve", ["--config=x.yaml"]],
    [["serve", "-c", "x"], "serve", ["-c", "x"]],
    [["--config", "x", "validate", "--json"], "validate", ["--config", "x", "--json"]],
    [["validate", "serve"], "validate", ["serve"]],
    [["--bogus"], "serve", ["--bogus"]],
    [["explain", "GET", "--", "--help"], "explain", ["GET", "--", "--help"]],
  ])("reads %j as %s", (argv, command, rawArgs) => {
    expect(parseInvocation(argv, COMMANDS)).toEqual({ kind: "run", command, rawArgs });
  });

  test.each([[["--version"]], [["-V"]], [["-v"]]])("reads %j as the version", (argv) => {
    expect(parseInvocation(argv, COMMANDS)).toEqual({ kind: "version" });
  });

  test.each([
    [["help"], null],
    [["--help"], null],
    [["-h"], null],
    [["help", "validate"], "validate"],
    [["validate", "x.yaml", "--help"], "validate"],
  ])("reads %j as help", (argv, command) => {
    expect(parseInvocation(argv, COMMANDS)).toEqual({ kind: "help", command });
  });

  test.each([
    [["vlidate"], "Unknown command 'vlidate' - did you mean 'validate'?"],
    [["help", "srve"], "Unknown command 'srve' - did you mean 'serve'?"],
    [["frobnicate"], "Unknown command 'frobnicate'"],
    [["my.yaml"], "Unknown command 'my.yaml' - did you mean '--config my.yaml'?"],
  ])("refuses %j", (argv, message) => {
    expect(messageOf(() => parseInvocation(argv, COMMANDS))).toBe(message);
  });
});

describe("checkArguments", () => {
  test.each([
    [
      ["GET", "--config", "x"],
      ["--config=x", "--", "GET"],
    ],
    [
      ["-c", "x", "GET"],
      ["--config=x", "--", "GET"],
    ],
    [
      ["-cx", "GET"],
      ["--config=x", "--", "GET"],
    ],
    [
      ["--config=a=b", "GET"],
      ["--config=a=b", "--", "GET"],
    ],
    [
      ["GET", "--json", "f"],
      ["--json", "--", "GET", "f"],
    ],
    [
      ["--", "--json"],
      ["--", "--json"],
    ],
    [
      ["-", "--config", "-"],
      ["--config=-", "--", "-"],
    ],
    [
      ["-H", "a: 1", "GET", "-H", "b: 2"],
      ["--header=a: 1", "--header=b: 2", "--", "GET"],
    ],
  ])("spells %j out", (rawArgs, expected) => {
    expect(checkArguments(rawArgs, DEFINITION)).toEqual(expected);
  });

  test.each([
    [["GET", "--jsn"], "Unknown flag '--jsn' - did you mean '--json'?"],
    [["GET", "--confg=x"], "Unknown flag '--confg' - did you mean '--config'?"],
    [["GET", "--no-json"], "Unknown flag '--no-json'"],
    [["GET", "-x"], "Unknown flag '-x'"],
    [["GET", "--method", "x"], "Unknown flag '--method'"],
    [["GET", "--json=false"], "Flag '--json' takes no value"],
    [["GET", "--config"], "Flag '--config' needs a value"],
    [["GET", "--config="], "Flag '--config' needs a value"],
    [["GET", "--config", ""], "Flag '--config' needs a value"],
    [["GET", "--config", "--json"], "Flag '--config' needs a value"],
    [["GET", "-c", "a", "--config", "b"], "Flag '--config' is given twice"],
    [["GET", "f", "more"], "Unexpected argument 'more'"],
    [[], "Missing argument METHOD"],
  ])("refuses %j", (rawArgs, message) => {
    expect(messageOf(() => checkArguments(rawArgs, DEFINITION))).toBe(message);
  });
});

describe("flagValues", () => {
  test("collects the values of one flag, in order, and no positional argument", () => {
    const checked = ["--header=a: 1", "--config=x", "--header=b: 2", "--", "--header=no"];
    expect(flagValues(checked, "header")).toEqual(["a: 1", "b: 2"]);
  });
});
