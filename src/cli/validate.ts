import { defineCommand } from "citty";
import { DEFAULT_CONFIG_FILE, readConfiguration } from "../configuration.ts";
import { renderReport, renderReportJson } from "./report.ts";
import { outputStyle, type Terminal } from "./terminal.ts";
import { UsageError } from "./usage-error.ts";

/** `prox validate [F] [--config F] [--json] [--strict]`: reports on stdout, exit code 0 or 1. */
export function validateCommand(terminal: Terminal) {
  return defineCommand({
    meta: { name: "validate", description: "Check a configuration and report every problem" },
    args: {
      file: {
        type: "positional",
        required: false,
        description: `Configuration to check (${DEFAULT_CONFIG_FILE})`,
      },
      config: { type: "string", alias: "c", valueHint: "FILE", description: "The same, as a flag" },
      json: { type: "boolean", description: "Print the report as JSON" },
      strict: { type: "boolean", description: "Fail on warnings too" },
    },
    run: async ({ args }) => {
      if (args.file !== undefined && args.config !== undefined) {
        throw new UsageError("Name the file once: as FILE or with --config FILE");
      }
      const file = args.file ?? args.config ?? DEFAULT_CONFIG_FILE;
      const reading = await readConfiguration(file, terminal.env);
      const { stdout } = terminal;
      stdout.write(
        args.json ? renderReportJson(reading) : renderReport(reading, outputStyle(stdout)),
      );
      const { valid, issues } = reading.loaded;
      return valid && !(args.strict && issues.length > 0) ? 0 : 1;
    },
  });
}
