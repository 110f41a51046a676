import type { TSchema } from "@sinclair/typebox";
import { Errors, type ValueError, ValueErrorType } from "@sinclair/typebox/errors";
import { Check } from "@sinclair/typebox/value";
import { type ConfigPath, pathOfPointer, valueAt } from "./path.ts";
import { chooseBranch } from "./schema/branches.ts";
import { configSchema } from "./schema/root.ts";

/** One thing that does not fit the schema, in the branch that was meant. */
export interface Misfit {
  readonly kind: ValueErrorType;
  /** The schema that the value does not fit; for an unknown key, that of the block around it. */
  readonly schema: TSchema;
  readonly path: ConfigPath;
  readonly value: unknown;
  /** What to take out so that the rest can be checked: `path`, or the block around it. */
  readonly drop: ConfigPath;
}

/** Finds all that does not fit the schema, in unions in the branch that was meant. */
export function findMisfits(root: Record<string, unknown>): Misfit[] {
  if (Check(configSchema, root)) return [];
  const misfits: Misfit[] = [];
  const seen = new Set<string>();
  const visit = (schema: TSchema, value: unknown, base: string): void => {
    for (const error of Errors(schema, value)) {
      const pointer = base + error.path;
      if (error.type === ValueErrorType.Union) visitUnion(error, pointer);
      // A required key that is missing fails its own type, too.
      else if (!seen.has(pointer)) add(error, pointer);
    }
  };
  const visitUnion = (error: ValueError, pointer: string): void => {
    const { branch, key, schema = error.schema } = chooseBranch(error.schema, error.value);
    const inner = key === undefined ? pointer : `${pointer}/${key}`;
    if (branch === null) add({ ...error, schema }, inner, pointer);
    else visit(branch, error.value, pointer);
  };
  const add = (error: ValueError, pointer: string, drop = pointer): void => {
    seen.add(pointer);
    const path = pathOfPointer(pointer, root);
    const { type: kind, schema } = error;
    misfits.push({
      kind,
      schema,
      path,
      value: valueAt(root, path),
      drop: pathOfPointer(drop, root),
    });
  };
  visit(configSchema, root, "");
  return misfits;
}
