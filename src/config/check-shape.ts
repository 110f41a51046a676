import { OptionalKind } from "@sinclair/typebox";
import type { ConfigDocument } from "./document.ts";
import type { IssueLog } from "./issue-log.ts";
import { findMisfits, type Misfit } from "./misfits.ts";
import { type ConfigPath, valueAt } from "./path.ts";
import { convertTo } from "./schema/branches.ts";
import type { ConfigDraft } from "./schema/root.ts";
import { explain } from "./shape-messages.ts";

/**
 * Checks a document against the schema and reports each misfit. Returns the document with holes
 * where something did not fit. Text from environment variables becomes a number or a boolean where
 * the schema wants one.
 */
export function checkShape(document: ConfigDocument, issues: IssueLog): ConfigDraft {
  const { value } = document;
  // A converted value fits the whole schema of its place, so nothing has to be looked at twice.
  const misfits = findMisfits(value).filter((misfit) => !convertExpanded(document, misfit));
  for (const misfit of misfits) if (!isLeftEmpty(misfit)) explain(misfit, issues);
  // Last, so that messages can still show what stands there; deepest first, so that paths stay valid.
  for (const { drop } of misfits.reverse()) takeOut(value, drop);
  // The cast says what the check has just made true.
  return value as ConfigDraft;
}

/** A key that may be left out may also be left empty (`timeouts:`). */
function isLeftEmpty({ schema, value }: Misfit): boolean {
  return value === null && OptionalKind in schema;
}

/** Converts the text of a variable to what the schema wants; false where that is not the matter. */
function convertExpanded(document: ConfigDocument, { path, schema, value }: Misfit): boolean {
  if (typeof value !== "string" || !document.isExpanded(path)) return false;
  const converted = convertTo(schema, value);
  if (converted === undefined) return false;
  const parent = valueAt(document.value, path.slice(0, -1));
  const key = path.at(-1);
  return key !== undefined && typeof parent === "object" && parent !== null
    ? Reflect.set(parent, key, converted)
    : false;
}

/** Leaves a hole: lists keep their length, and maps still tell that something was there. */
function takeOut(root: unknown, path: ConfigPath): void {
  const parent = valueAt(root, path.slice(0, -1));
  const key = path.at(-1);
  if (typeof parent !== "object" || parent === null || key === undefined) return;
  Reflect.set(parent, key, undefined);
}
