import { defineCommand } from "citty";
import { DEFAULT_CONFIG_FILE, readConfiguration } from "../configuration.ts";
import { renderReport } from "./report.ts";
import { outputStyle, type Terminal } from "./terminal.ts";

const EXIT_GRACE_MS = 200;

/** `prox serve [--config F]`, also `prox` and `prox --config F`: validates, then serves. */
export function serveCommand(terminal: Terminal) {
  return defineCommand({
    meta: { name: "serve", description: "Serve a configuration (the default command)" },
    args: {
      config: {
        type: "string",
        alias: "c",
        default: DEFAULT_CONFIG_FILE,
        valueHint: "FILE",
        description: "Configuration to serve",
      },
    },
    run: async ({ args }) => {
      const reading = await readConfiguration(args.config, terminal.env);
      const { plan } = reading.loaded;
      if (plan === null) {
        terminal.stderr.write(renderReport(reading, outputStyle(terminal.stderr)));
        return 1;
      }
      const { startApp } = await import("../app.ts");
      const app = await startApp({ configFile: args.config, plan });
      await app.stopped;
      // The last log lines leave in this time; what is left open must not keep a stopped Prox alive.
      setTimeout(() => process.exit(0), EXIT_GRACE_MS).unref();
      return 0;
    },
  });
}
