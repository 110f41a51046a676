import { defineCommand } from "citty";
import type { Terminal } from "./terminal.ts";

/** `prox schema`: prints the JSON Schema of the configuration, for editors. */
export function schemaCommand(terminal: Terminal) {
  return defineCommand({
    meta: { name: "schema", description: "Print the JSON Schema of the configuration" },
    run: async () => {
      const { configJsonSchema } = await import("../config/schema.ts");
      terminal.stdout.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
    },
  });
}
