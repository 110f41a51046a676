import type { StaticAction } from "../../core/model.ts";
import { formatPath } from "../path.ts";
import { checkFieldText } from "./field.ts";
import { below, type Scope } from "./scope.ts";

interface StaticDraft {
  readonly root?: string | undefined;
  readonly index?: readonly (string | undefined)[] | undefined;
  readonly spa_fallback?: string | undefined;
  readonly precompressed?: boolean | undefined;
  readonly cache_control?: string | undefined;
  readonly browse?: boolean | undefined;
  readonly dotfiles?: boolean | undefined;
}

/** Compiles the keys of a `static` route. */
export function compileStatic(draft: StaticDraft, scope: Scope): StaticAction {
  const index = draft.index ?? ["index.html"];
  const cacheControl = draft.cache_control;
  return {
    type: "static",
    root: draft.root === undefined ? "" : root(draft.root, below(scope, "root")),
    index: index.flatMap((name, i) =>
      name === undefined ? [] : [fileName(name, below(scope, "index", i))],
    ),
    spaFallback: spaFallback(draft, below(scope, "spa_fallback")),
    precompressed: draft.precompressed ?? true,
    cacheControl:
      cacheControl === undefined
        ? null
        : checkFieldText(cacheControl, below(scope, "cache_control")),
    browse: draft.browse ?? false,
    dotfiles: draft.dotfiles ?? false,
  };
}

function root(text: string, { path, issues, files }: Scope): string {
  const absolute = files.resolve(text);
  const kind = files.kind(text);
  if (kind !== "directory") {
    issues.error({
      path,
      code: kind === null ? "file_not_found" : "not_a_directory",
      message: kind === null ? `File not found: ${text}` : `Not a directory: ${text}`,
      hint: `Looked for ${absolute}; relative paths count from the folder of the configuration file.`,
    });
  }
  return absolute;
}

function spaFallback(draft: StaticDraft, scope: Scope): string | null {
  if (draft.spa_fallback === undefined) return null;
  const name = fileName(draft.spa_fallback, scope);
  const { path, issues, files } = scope;
  const { root: folder } = draft;
  if (folder === undefined || !isBelow(name) || files.kind(folder) !== "directory") return name;
  if (files.kind(`${folder}/${name}`) !== "file") {
    // Only a warning: it may be built later.
    issues.warn({
      path,
      code: "file_not_found",
      message: `File not found: ${name} in ${folder}`,
      hint: "Until it exists, pages that do not exist are answered 404.",
    });
  }
  return name;
}

/** A file below the root, as segments joined by `/`. */
function fileName(text: string, { path, issues }: Scope): string {
  const name = text.replace(/^\//, "");
  if (!isBelow(name)) {
    issues.error({
      path,
      code: "invalid_file_name",
      message: `Invalid file name in field '${formatPath(path)}': '${text}'`,
      hint: "Give a file below the root, such as index.html.",
    });
  }
  return name;
}

/** **Security:** no part of the name may lead upwards. */
function isBelow(name: string): boolean {
  if (name.includes("\0") || name.includes("\\")) return false;
  return name.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}
