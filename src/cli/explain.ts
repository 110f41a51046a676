import { defineCommand } from "citty";
import { DEFAULT_CONFIG_FILE, readConfiguration } from "../configuration.ts";
import type { Plan } from "../core/model.ts";
import type { Clock } from "../ports/clock.ts";
import { flagValues } from "./arguments.ts";
import { explainedRequest } from "./explained-request.ts";
import { renderExplanation, renderExplanationJson } from "./explanation.ts";
import { renderReport } from "./report.ts";
import { outputStyle, type Terminal } from "./terminal.ts";

/** `prox explain METHOD URL [--config F] [-H 'k: v'] [--json]`: what would become of a request. */
export function explainCommand(terminal: Terminal) {
  return defineCommand({
    meta: {
      name: "explain",
      description: "Show which route a request would take and what would be sent; no network",
    },
    args: {
      method: { type: "positional", required: true, description: "GET, POST, ..." },
      url: { type: "positional", required: true, description: "URL, or a path" },
      config: {
        type: "string",
        alias: "c",
        default: DEFAULT_CONFIG_FILE,
        valueHint: "FILE",
        description: "Configuration to ask",
      },
      header: {
        type: "string",
        alias: "H",
        valueHint: "NAME: VALUE",
        description: "Header of the request; may be repeated",
      },
      json: { type: "boolean", description: "Print the answer as JSON" },
    },
    run: async ({ args, rawArgs }) => {
      const reading = await readConfiguration(args.config, terminal.env);
      const { plan } = reading.loaded;
      if (plan === null) {
        terminal.stderr.write(renderReport(reading, outputStyle(terminal.stderr)));
        return 1;
      }
      const headers = flagValues(rawArgs, "header");
      const defaultHost = listenHost(plan);
      const request = explainedRequest({
        method: args.method,
        url: args.url,
        headers,
        defaultHost,
      });
      const { explainRequest } = await import("../core/routing/explain.ts");
      const explained = { plan, request, explanation: await explainRequest(plan, request, CLOCK) };
      const { stdout } = terminal;
      stdout.write(
        args.json
          ? renderExplanationJson(explained)
          : renderExplanation(explained, outputStyle(stdout)),
      );
      return 0;
    },
  });
}

/** Nothing waits here: only the date is asked for, by `{timestamp}`. */
const CLOCK: Clock = { now: () => 0, wallTime: () => Date.now(), every: () => () => undefined };

/** What a client on this machine would put into Host. */
function listenHost({ listen: { hostname, port } }: Plan): string {
  const local = hostname === "0.0.0.0" || hostname === "::" ? "localhost" : hostname;
  return `${local.includes(":") ? `[${local}]` : local}:${port}`;
}
