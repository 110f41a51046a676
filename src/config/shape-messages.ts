import type { TSchema } from "@sinclair/typebox";
import { ValueErrorType } from "@sinclair/typebox/errors";
import { suggest } from "../utils/suggest.ts";
import type { IssueLog, IssueReport } from "./issue-log.ts";
import type { Misfit } from "./misfits.ts";
import { misplacedKey } from "./misplaced.ts";
import { isUnbuiltValue, judgeUnbuilt, unbuiltKeys } from "./not-built.ts";
import { type ConfigPath, formatPath } from "./path.ts";
import { alternatives } from "./schema/branches.ts";
import type { ValueForm } from "./schema/values.ts";

/** Reports one misfit in the contract's words. */
export function explain(misfit: Misfit, issues: IssueLog): void {
  if (misfit.kind === ValueErrorType.ObjectAdditionalProperties) unknownKey(misfit, issues);
  else issues.error({ path: misfit.path, ...describe(misfit) });
}

type Description = Omit<IssueReport, "path">;

function unknownKey({ path, schema, value }: Misfit, issues: IssueLog): void {
  const key = String(path.at(-1));
  const verdict = judgeUnbuilt(path, value);
  if (verdict === "confirms") {
    const message = `Not supported yet: '${key}' has no effect in this version`;
    issues.warn({
      path,
      place: "key",
      code: "not_built",
      message,
      hint: "It only confirms the default: remove it, or leave it for later.",
    });
    return;
  }
  if (verdict === "asks") {
    const message = `Not supported yet: '${key}' is not part of this version`;
    issues.error({ path, place: "key", code: "not_built", message, hint: `Remove '${key}'.` });
    return;
  }
  issues.error({ path, place: "key", ...describeUnknown(key, path, schema) });
}

function describeUnknown(key: string, path: ConfigPath, schema: TSchema): Description {
  const misplaced = misplacedKey(path);
  if (misplaced !== null) {
    return {
      code: "misplaced_field",
      message: `Field '${key}' does not belong here`,
      hint: misplaced,
    };
  }
  const known = Object.keys(schema["properties"] ?? {});
  const meant = suggest(key, [...known, ...unbuiltKeys(path.slice(0, -1))]);
  const message = `Unknown field '${key}'`;
  return meant === null
    ? { code: "unknown_field", message, hint: `Known here: ${known.join(", ")}.` }
    : {
        code: "unknown_field",
        message: `${message} - did you mean '${meant}'?`,
        hint: `Rename it to '${meant}'.`,
      };
}

function describe(misfit: Misfit): Description {
  const { kind, schema, path, value } = misfit;
  const field = formatPath(path);
  if (isUnbuiltValue(path, value)) {
    const message = `Not supported yet: ${path.at(-1)} '${String(value)}' is not part of this version`;
    return { code: "not_built", message };
  }
  if (kind === ValueErrorType.ObjectRequiredProperty || value === undefined) {
    return {
      place: "key",
      code: "missing_field",
      message: `Missing required field: ${field}`,
      hint: isChoice(schema) ? choices(schema) : (schema.description ?? ""),
    };
  }
  const form = formOf(schema);
  if (form !== null) return FORMS[form](show(value), field);
  if (isChoice(schema)) return describeChoice(misfit);
  switch (kind) {
    case ValueErrorType.ArrayMinItems:
    case ValueErrorType.ObjectMinProperties:
      return { code: "empty", message: `'${field}' is empty: give at least one entry` };
    case ValueErrorType.IntegerMinimum:
    case ValueErrorType.IntegerMaximum:
      return describeRange(schema, field, show(value));
    case ValueErrorType.StringPattern:
      return {
        code: "invalid_value",
        message: `Invalid value in field '${field}': ${show(value)}`,
        hint: schema["pattern"] === "^/" ? "It must start with '/'." : "",
      };
    default:
      return describeKind(schema, field, value);
  }
}

function describeRange(schema: TSchema, field: string, shown: string): Description {
  const { minimum, maximum } = schema;
  const range = maximum === undefined ? `at least ${minimum}` : `from ${minimum} to ${maximum}`;
  return {
    code: "out_of_range",
    message: `Invalid value in field '${field}': ${shown} - must be ${range}`,
  };
}

function describeChoice({ schema, path, value }: Misfit): Description {
  const meant = typeof value === "string" ? suggest(value, fixedValues(schema)) : null;
  const message = `Invalid value in field '${formatPath(path)}': ${show(value)}`;
  return {
    code: "invalid_choice",
    message: meant === null ? message : `${message} - did you mean '${meant}'?`,
    hint: choices(schema),
  };
}

function isChoice(schema: TSchema): boolean {
  return alternatives(schema).every((branch) => branch["const"] !== undefined);
}

function fixedValues(schema: TSchema): string[] {
  return alternatives(schema).map((branch) => String(branch["const"]));
}

function choices(schema: TSchema): string {
  const values = fixedValues(schema);
  return values.length === 1 ? `Use ${values[0]}.` : `Use one of: ${values.join(", ")}.`;
}

function describeKind(schema: TSchema, field: string, value: unknown): Description {
  const wanted = new Set(kinds(schema).map((kind) => KINDS[kind] ?? kind));
  return {
    code: "invalid_type",
    message: `Invalid type in field '${field}': expected ${[...wanted].join(" or ")}, found ${show(value)}`,
    hint: quotesHint(kinds(schema), value),
  };
}

function kinds(schema: TSchema): string[] {
  if (schema["anyOf"] !== undefined) return alternatives(schema).flatMap(kinds);
  return [String(schema["type"])];
}

/** YAML tells text from numbers by quotes, which is easily forgotten. */
function quotesHint(wanted: readonly string[], value: unknown): string {
  const isPlain = typeof value === "number" || typeof value === "boolean";
  if (isPlain && wanted.includes("string")) return `Put the value in quotes: "${String(value)}".`;
  const isNumber = typeof value === "string" && /^[0-9]+$/.test(value);
  if (isNumber && wanted.includes("integer")) return "Leave the quotes out.";
  const isBoolean = value === "true" || value === "false";
  return isBoolean && wanted.includes("boolean") ? "Leave the quotes out." : "";
}

const KINDS: Readonly<Record<string, string>> = {
  string: "text",
  integer: "a whole number",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "a block of keys",
};

const FORMS: Readonly<Record<ValueForm, (shown: string, field: string) => Description>> = {
  duration: (shown, field) => ({
    code: "invalid_duration",
    message: `Invalid duration in field '${field}': ${shown}`,
    hint: "Write a number with a unit, such as 500ms, 30s, 5m or 1h; 0 means never.",
  }),
  size: (shown, field) => ({
    code: "invalid_size",
    message: `Invalid size in field '${field}': ${shown}`,
    hint: "Write bytes as a whole number, or a size such as 16KiB or 1MB.",
  }),
  status_test: (shown, field) => ({
    code: "invalid_status",
    message: `Invalid status in field '${field}': ${shown}`,
    hint: "Write a code from 100 to 599, or a class such as 4xx.",
  }),
};

function formOf(schema: TSchema): ValueForm | null {
  const form: unknown = schema["form"];
  return form === "duration" || form === "size" || form === "status_test" ? form : null;
}

function show(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (value === null) return "nothing";
  if (typeof value === "object") return "a block of keys";
  return typeof value === "string" ? `'${value}'` : String(value);
}
