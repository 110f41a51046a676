import { accessSync, constants, readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { ConfigFiles } from "../../ports/config-source.ts";

/** Looks at the files that a configuration names, relative to the folder of `configFile`. */
export function createConfigFiles(configFile: string): ConfigFiles {
  const folder = dirname(resolve(configFile));
  return {
    resolve: (path) => resolve(folder, path),
    kind: (path) => kindOf(resolve(folder, path)),
    readText: (path) => readText(resolve(folder, path)),
  };
}

function kindOf(path: string): "file" | "directory" | null {
  try {
    const facts = statSync(path);
    accessSync(path, constants.R_OK);
    if (facts.isDirectory()) return "directory";
    return facts.isFile() ? "file" : null;
  } catch {
    return null;
  }
}

function readText(path: string): string | null {
  // A pipe or a device would block the thread, or never end.
  if (kindOf(path) !== "file") return null;
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
