import { readFile } from "node:fs/promises";
import type { LoadedConfig } from "./config/load.ts";

/** File that is read where none is named. */
export const DEFAULT_CONFIG_FILE = "config.yaml";

/** A configuration file, and what came of loading it. */
export interface ConfigurationReading {
  /** Name as given by the user. */
  readonly file: string;
  /** Null where it could not be read; `loaded` then says why. */
  readonly text: string | null;
  readonly loaded: LoadedConfig;
}

/** Reads and loads a configuration file. Never rejects for what the file is or holds. */
export async function readConfiguration(
  file: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ConfigurationReading> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    return { file, text: null, loaded: unreadable(file, error) };
  }
  // YAML and the schema are the heavy part of the program: other commands do without them.
  const [{ loadConfig }, { createConfigFiles }, { createRegexSafety }] = await Promise.all([
    import("./config/load.ts"),
    import("./adapters/disk/config-files.ts"),
    import("./adapters/recheck/regex-safety.ts"),
  ]);
  const files = createConfigFiles(file);
  const loaded = loadConfig(text, { file, env, files, regexSafety: createRegexSafety() });
  return { file, text, loaded };
}

function unreadable(file: string, error: unknown): LoadedConfig {
  const cause = error instanceof Error && "code" in error ? String(error.code) : String(error);
  const missing = cause === "ENOENT" || cause === "ENOTDIR";
  return {
    valid: false,
    issues: [
      {
        severity: "error",
        path: "",
        code: missing ? "file_not_found" : "file_unreadable",
        message: missing ? `File not found: ${file}` : `Cannot read file: ${file} (${cause})`,
        hint: missing
          ? "Check the path, or name the file with --config FILE"
          : "Check that it is a file and that this user may read it",
        line: 0,
        column: 0,
      },
    ],
    plan: null,
    summary: { listenAddr: "", routes: 0, tls: false, healthChecks: false },
    yamlParsed: false,
  };
}
