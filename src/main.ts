import { runCli } from "./cli/root.ts";
import { processTerminal } from "./cli/terminal.ts";

process.exitCode = await runCli(process.argv.slice(2), processTerminal());
