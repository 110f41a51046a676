import { version } from "../../package.json";

// Set by scripts/build.ts; absent where the source runs as it is.
declare const PROX_COMMIT: string | undefined;

/** Says which build this is, in one line: `prox 0.1.0 (1a2b3c4, bun 1.4.5)`. */
export function versionLine(): string {
  const commit = typeof PROX_COMMIT === "undefined" ? "development" : PROX_COMMIT;
  return `prox ${version} (${commit}, bun ${Bun.version})`;
}
