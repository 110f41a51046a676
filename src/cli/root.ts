import {
  type ArgsDef,
  type CommandDef,
  defineCommand,
  renderUsage,
  runCommand,
  type SubCommandsDef,
} from "citty";
import { checkArguments, parseInvocation } from "./arguments.ts";
import type { Terminal, TextOutput } from "./terminal.ts";
import { UsageError } from "./usage-error.ts";
import { versionLine } from "./version.ts";

/** What help shows of the flags that need no command; `arguments.ts` reads them. */
const ROOT_FLAGS: ArgsDef = {
  config: {
    type: "string",
    alias: "c",
    valueHint: "FILE",
    description: "Serve this configuration, as 'prox serve' does (config.yaml)",
  },
  version: { type: "boolean", alias: "V", description: "Print the version" },
  help: { type: "boolean", alias: "h", description: "Print help on prox or on a command" },
};

/** Exit codes of the process. */
const EXIT = { ok: 0, failure: 1, usage: 2 } as const;

/**
 * Runs one command line and returns the exit code. Whatever a command throws becomes a message on
 * stderr.
 */
export async function runCli(argv: readonly string[], terminal: Terminal): Promise<number> {
  try {
    return await run(argv, terminal);
  } catch (error) {
    if (error instanceof UsageError) {
      terminal.stderr.write(`prox: ${error.message}\nTry 'prox help'.\n`);
      return EXIT.usage;
    }
    terminal.stderr.write(`prox: ${error instanceof Error ? error.message : String(error)}\n`);
    return EXIT.failure;
  }
}

async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const commands = subCommands(terminal);
  const invocation = parseInvocation(argv, Object.keys(commands));
  if (invocation.kind === "version") {
    terminal.stdout.write(`${versionLine()}\n`);
    return EXIT.ok;
  }
  if (invocation.kind === "help") {
    await showHelp(invocation.command, commands, terminal.stdout);
    return EXIT.ok;
  }
  const command = await commandNamed(invocation.command, commands);
  const definition = await resolve(command.args ?? {});
  const rawArgs = checkArguments(invocation.rawArgs, definition);
  const { result } = await runCommand(command, { rawArgs });
  return typeof result === "number" ? result : EXIT.ok;
}

/** The commands by name; each is loaded when it is asked for. */
function subCommands(terminal: Terminal): SubCommandsDef {
  return {
    serve: async () => (await import("./serve.ts")).serveCommand(terminal),
    validate: async () => (await import("./validate.ts")).validateCommand(terminal),
    explain: async () => (await import("./explain.ts")).explainCommand(terminal),
    schema: async () => (await import("./schema.ts")).schemaCommand(terminal),
  };
}

async function showHelp(
  name: string | null,
  commands: SubCommandsDef,
  output: TextOutput,
): Promise<void> {
  const root = defineCommand({
    meta: { name: "prox", description: "A reverse proxy in one file" },
    args: ROOT_FLAGS,
    subCommands: commands,
  });
  const usage =
    name === null
      ? await renderUsage(root)
      : await renderUsage(await commandNamed(name, commands), root);
  // citty colours whatever the stream is, and pads the last column.
  const text = (output.colours ? usage : Bun.stripANSI(usage)).replace(/ +$/gm, "").trimEnd();
  output.write(`${text}\n`);
}

function commandNamed(name: string, commands: SubCommandsDef): Promise<CommandDef> {
  const command = commands[name];
  if (command === undefined) throw new Error(`no command '${name}'`);
  return resolve(command);
}

async function resolve<T>(value: T | Promise<T> | (() => T) | (() => Promise<T>)): Promise<T> {
  // A definition is never a function, so a function is always the one that makes it.
  return typeof value === "function" ? await (value as () => T | Promise<T>)() : await value;
}
