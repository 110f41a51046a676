import type { ConfigFiles } from "../../src/ports/config-source.ts";

/** Files in memory: a text for a file, null for a folder; relative paths count from /etc/prox. */
export function memoryFiles(entries: Readonly<Record<string, string | null>> = {}): ConfigFiles {
  const resolve = (path: string): string =>
    path.startsWith("/") ? path : `/etc/prox/${path.replace(/^(?:\.\/)+/, "")}`;
  const known = new Map(Object.entries(entries).map(([path, text]) => [resolve(path), text]));
  return {
    resolve,
    kind(path) {
      const entry = known.get(resolve(path));
      if (entry === undefined) return null;
      return entry === null ? "directory" : "file";
    },
    readText: (path) => known.get(resolve(path)) ?? null,
  };
}
