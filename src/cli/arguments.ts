import type { ArgsDef } from "citty";
import { suggest } from "../utils/suggest.ts";
import { UsageError } from "./usage-error.ts";

/** What a command line asks for. */
export type Invocation =
  | { readonly kind: "version" }
  /** Help on a command, or on all where none is named. */
  | { readonly kind: "help"; readonly command: string | null }
  | { readonly kind: "run"; readonly command: string; readonly rawArgs: readonly string[] };

const HELP_FLAGS = ["--help", "-h"];
const VERSION_FLAGS = ["--version", "-V", "-v"];
/** Flags that may stand before the command and take the next word as their value. */
const LEADING_VALUE_FLAGS = ["--config", "-c"];
/** Flags that may be given several times; `flagValues` collects them. */
const REPEATABLE_FLAGS = ["header"];

/**
 * Finds the command in a command line. Flags before it belong to it; without one it is `serve`
 * (`prox --config F`).
 * @throws UsageError where the command is not among `commands`
 */
export function parseInvocation(argv: readonly string[], commands: readonly string[]): Invocation {
  const index = commandIndex(argv);
  const command = argv[index];
  const end = argv.indexOf("--");
  const flags = end === -1 ? argv : argv.slice(0, end);

  if (command === "help") return helpOn(argv[index + 1], commands);
  if (command !== undefined && !commands.includes(command)) throw unknownCommand(command, commands);
  if (flags.some((flag) => HELP_FLAGS.includes(flag))) {
    return { kind: "help", command: command ?? null };
  }
  if (argv.length === 1 && VERSION_FLAGS.includes(argv[0] ?? "")) return { kind: "version" };
  if (command === undefined) return { kind: "run", command: "serve", rawArgs: argv };
  return { kind: "run", command, rawArgs: [...argv.slice(0, index), ...argv.slice(index + 1)] };
}

/**
 * Checks the words of one command against its definition, which citty does not, and returns them in
 * the one spelling that citty cannot misread: `--name=value` or `--name`, then `--`, then the
 * positional ones.
 * @throws UsageError for an unknown flag, a missing, needless or repeated value, a word too many
 */
export function checkArguments(rawArgs: readonly string[], definition: ArgsDef): string[] {
  const flags: string[] = [];
  const words: string[] = [];
  const seen = new Set<string>();
  for (let i = 0; i < rawArgs.length; i++) {
    const word = rawArgs[i] ?? "";
    if (word === "--") {
      words.push(...rawArgs.slice(i + 1));
      break;
    }
    if (!word.startsWith("-") || word === "-") {
      words.push(word);
      continue;
    }
    const flag = readFlag(word, definition);
    if (flag.takesValue && flag.value === null) flag.value = nextValue(rawArgs[++i], flag.spelling);
    if (seen.has(flag.name) && !REPEATABLE_FLAGS.includes(flag.name)) {
      throw new UsageError(`Flag '${flag.spelling}' is given twice`);
    }
    seen.add(flag.name);
    flags.push(flag.value === null ? `--${flag.name}` : `--${flag.name}=${flag.value}`);
  }
  checkPositionals(words, definition);
  return [...flags, "--", ...words];
}

/** Collects all values of a flag from what `checkArguments` returned. */
export function flagValues(checkedArgs: readonly string[], name: string): string[] {
  const start = `--${name}=`;
  return checkedArgs
    .slice(0, checkedArgs.indexOf("--"))
    .filter((arg) => arg.startsWith(start))
    .map((arg) => arg.slice(start.length));
}

function commandIndex(argv: readonly string[]): number {
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? "";
    if (word === "--") break;
    if (LEADING_VALUE_FLAGS.includes(word)) i++;
    else if (!word.startsWith("-")) return i;
  }
  return argv.length;
}

function helpOn(topic: string | undefined, commands: readonly string[]): Invocation {
  if (topic === undefined || topic.startsWith("-")) return { kind: "help", command: null };
  if (!commands.includes(topic)) throw unknownCommand(topic, commands);
  return { kind: "help", command: topic };
}

function unknownCommand(command: string, commands: readonly string[]): UsageError {
  const meant = /\.ya?ml$/.test(command)
    ? `--config ${command}`
    : suggest(command, [...commands, "help"]);
  return new UsageError(`Unknown command '${command}'${didYouMean(meant)}`);
}

interface Flag {
  readonly name: string;
  readonly spelling: string;
  readonly takesValue: boolean;
  value: string | null;
}

/** Reads `--name`, `--name=value`, `-n`, `-n=value` and `-nvalue`. */
function readFlag(word: string, definition: ArgsDef): Flag {
  const long = word.startsWith("--");
  const equals = word.indexOf("=");
  const spelling = long ? word.slice(0, equals === -1 ? undefined : equals) : word.slice(0, 2);
  const rest = word.slice(spelling.length);
  const name = flagName(spelling, definition);
  if (name === undefined) throw unknownFlag(long ? spelling : word, definition);

  const takesValue = definition[name]?.type !== "boolean";
  if (rest === "") return { name, spelling, takesValue, value: null };
  if (!takesValue) {
    if (!long && !rest.startsWith("=")) throw unknownFlag(word, definition);
    throw new UsageError(`Flag '${spelling}' takes no value`);
  }
  const value = rest.startsWith("=") ? rest.slice(1) : rest;
  if (value === "") throw missingValue(spelling);
  return { name, spelling, takesValue, value };
}

function flagName(spelling: string, definition: ArgsDef): string | undefined {
  const bare = spelling.replace(/^--?/, "");
  const long = spelling.startsWith("--");
  for (const [name, argument] of Object.entries(definition)) {
    if (argument.type === "positional") continue;
    if (long ? bare === name : aliases(argument).includes(bare)) return name;
  }
  return undefined;
}

function aliases(argument: ArgsDef[string]): readonly string[] {
  if (!("alias" in argument) || argument.alias === undefined) return [];
  return typeof argument.alias === "string" ? [argument.alias] : argument.alias;
}

function nextValue(word: string | undefined, spelling: string): string {
  if (word === undefined || word === "" || (word.startsWith("-") && word !== "-")) {
    throw missingValue(spelling);
  }
  return word;
}

function checkPositionals(words: readonly string[], definition: ArgsDef): void {
  const positionals = Object.entries(definition).filter(([, arg]) => arg.type === "positional");
  const surplus = words[positionals.length];
  if (surplus !== undefined) throw new UsageError(`Unexpected argument '${surplus}'`);
  const missing = positionals.slice(words.length).find(([, arg]) => arg.required !== false);
  if (missing !== undefined) throw new UsageError(`Missing argument ${missing[0].toUpperCase()}`);
}

function unknownFlag(spelling: string, definition: ArgsDef): UsageError {
  const flags = Object.keys(definition).filter((name) => definition[name]?.type !== "positional");
  const meant = suggest(spelling.replace(/^--?/, ""), [...flags, "help"]);
  return new UsageError(
    `Unknown flag '${spelling}'${didYouMean(meant === null ? null : `--${meant}`)}`,
  );
}

function missingValue(spelling: string): UsageError {
  return new UsageError(`Flag '${spelling}' needs a value`);
}

function didYouMean(meant: string | null): string {
  return meant === null ? "" : ` - did you mean '${meant}'?`;
}
