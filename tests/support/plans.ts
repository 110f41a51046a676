import { loadConfig } from "../../src/config/load.ts";
import type { Plan } from "../../src/core/model.ts";
import { memoryFiles } from "../config/memory-files.ts";

/** Compiles a configuration that must be valid. `listen_addr` is put in where it is missing. */
export function planOf(yaml: string, files: Readonly<Record<string, string | null>> = {}): Plan {
  const text = yaml.includes("listen_addr") ? yaml : `listen_addr: 127.0.0.1:0\n${yaml}`;
  const loaded = loadConfig(text, { file: "config.yaml", env: {}, files: memoryFiles(files) });
  if (loaded.plan === null) throw new Error(JSON.stringify(loaded.issues, null, 2));
  return loaded.plan;
}
