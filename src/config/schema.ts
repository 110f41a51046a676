import { configSchema } from "./schema/root.ts";

/** JSON Schema as plain data. */
type Json = { [key: string]: unknown };

/** What a text with a variable looks like; it may stand for any scalar. */
const VARIABLE = { type: "string", pattern: "\\$\\{" };
const EMPTY = { type: "null" };

/**
 * Returns the JSON Schema (draft 7) of the configuration, for editors and `prox schema`. It accepts
 * what loading accepts in structure: variables in place of numbers, booleans and fixed texts, and
 * optional keys that are left empty.
 */
export function configJsonSchema(): object {
  const definitions: Json = {};
  // Through JSON, which leaves TypeBox's symbols behind.
  const schema: unknown = JSON.parse(JSON.stringify(configSchema));
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    ...publicForm(schema, definitions),
    definitions,
  };
}

/** Rewrites one schema and what is below it; blocks that refer to themselves move to `definitions`. */
function publicForm(schema: unknown, definitions: Json): Json {
  if (!isJson(schema)) return {};
  // `form` is for our messages.
  const { $id, form: _, ...rest } = schema;
  if (typeof $id === "string") {
    definitions[$id] ??= publicForm(rest, definitions);
    return reference($id);
  }
  if (typeof rest["$ref"] === "string") return reference(rest["$ref"]);
  if (Array.isArray(rest["anyOf"])) return unionForm(rest, rest["anyOf"], definitions);
  if (isJson(rest["properties"])) return blockForm(rest, rest["properties"], definitions);
  if (isJson(rest["patternProperties"]))
    return mapForm(rest, rest["patternProperties"], definitions);
  if (rest["type"] === "array") return { ...rest, items: publicForm(rest["items"], definitions) };
  return takesAnyText(rest) ? rest : orElse(rest, VARIABLE);
}

function reference(name: string): Json {
  return { $ref: `#/definitions/${name}` };
}

function blockForm(schema: Json, properties: Json, definitions: Json): Json {
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  const entries = Object.entries(properties).map(([key, property]) => {
    const form = publicForm(property, definitions);
    const whole = required.includes(key) || key === "set_json";
    return [key, whole ? form : orElse(form, EMPTY)];
  });
  return { ...schema, properties: Object.fromEntries(entries) };
}

/** Any key, one kind of value. */
function mapForm(
  { patternProperties: _, ...schema }: Json,
  patterns: Json,
  definitions: Json,
): Json {
  return { ...schema, additionalProperties: publicForm(Object.values(patterns)[0], definitions) };
}

/** Fixed values become an `enum`, which editors complete. */
function unionForm({ anyOf: _, ...schema }: Json, branches: unknown[], definitions: Json): Json {
  const values = branches.flatMap((branch) =>
    isJson(branch) && "const" in branch ? [branch["const"]] : [],
  );
  if (values.length === branches.length) return orElse({ ...schema, enum: values }, VARIABLE);
  const forms = branches.map((branch) => publicForm(branch, definitions));
  return { ...schema, anyOf: forms };
}

/** Allows one more kind of value; descriptions stay on top, where editors look for them. */
function orElse(schema: Json, other: Json): Json {
  const { title, description, default: byDefault, examples, anyOf, ...rest } = schema;
  const about = { title, description, default: byDefault, examples };
  return { ...about, anyOf: [...(Array.isArray(anyOf) ? anyOf : [rest]), other] };
}

function takesAnyText(schema: Json): boolean {
  // A single fixed value tells blocks apart: `type` is better left exact.
  return schema["const"] !== undefined || schema["type"] === undefined || isFreeText(schema);
}

function isFreeText(schema: Json): boolean {
  return schema["type"] === "string" && schema["pattern"] === undefined;
}

function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
