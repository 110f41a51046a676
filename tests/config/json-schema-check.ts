/** The part of JSON Schema (draft 7) that the configuration's schema uses. */
type Schema = { readonly [key: string]: unknown };

const KEYWORDS = new Set(
  [
    "$schema $ref title description default examples definitions type const enum anyOf properties",
    "required additionalProperties minProperties items minItems pattern minimum maximum",
  ].flatMap((line) => line.split(" ")),
);

/** Tells whether a value fits; throws on a keyword that it does not know. */
export function fitsJsonSchema(value: unknown, schema: unknown, root: unknown = schema): boolean {
  if (!isSchema(schema)) return schema !== false;
  for (const key of Object.keys(schema)) if (!KEYWORDS.has(key)) throw new Error(`keyword ${key}`);
  if (typeof schema["$ref"] === "string") {
    const name = schema["$ref"].replace("#/definitions/", "");
    const definitions = isSchema(root) && isSchema(root["definitions"]) ? root["definitions"] : {};
    if (!(name in definitions)) throw new Error(`no definition ${name}`);
    return fitsJsonSchema(value, definitions[name], root);
  }
  return (
    fitsType(value, schema["type"]) &&
    fitsFixed(value, schema) &&
    fitsRange(value, schema) &&
    (!Array.isArray(schema["anyOf"]) ||
      schema["anyOf"].some((branch) => fitsJsonSchema(value, branch, root))) &&
    (!Array.isArray(value) || fitsItems(value, schema, root)) &&
    (!isSchema(value) || fitsProperties(value, schema, root))
  );
}

function fitsType(value: unknown, type: unknown): boolean {
  switch (type) {
    case undefined:
      return true;
    case "null":
      return value === null;
    case "array":
      return Array.isArray(value);
    case "object":
      return isSchema(value);
    case "integer":
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

function fitsFixed(value: unknown, schema: Schema): boolean {
  if ("const" in schema && schema["const"] !== value) return false;
  return !Array.isArray(schema["enum"]) || schema["enum"].includes(value);
}

function fitsRange(value: unknown, schema: Schema): boolean {
  if (typeof value === "string" && typeof schema["pattern"] === "string") {
    return new RegExp(schema["pattern"]).test(value);
  }
  if (typeof value !== "number") return true;
  return (
    value >= Number(schema["minimum"] ?? -Infinity) &&
    value <= Number(schema["maximum"] ?? Infinity)
  );
}

function fitsItems(items: readonly unknown[], schema: Schema, root: unknown): boolean {
  if (items.length < Number(schema["minItems"] ?? 0)) return false;
  return items.every((item) => fitsJsonSchema(item, schema["items"], root));
}

function fitsProperties(value: Schema, schema: Schema, root: unknown): boolean {
  const properties = isSchema(schema["properties"]) ? schema["properties"] : {};
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  const entries = Object.entries(value);
  if (entries.length < Number(schema["minProperties"] ?? 0)) return false;
  return (
    required.every((key) => key in value) &&
    entries.every(([key, item]) =>
      fitsJsonSchema(
        item,
        Object.hasOwn(properties, key) ? properties[key] : schema["additionalProperties"],
        root,
      ),
    )
  );
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
