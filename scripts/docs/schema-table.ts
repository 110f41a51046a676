/** JSON Schema as the configuration's TypeBox schema gives it. */
export interface Schema {
  readonly [key: string]: unknown;
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
}

/** One row: a key of a block. */
export interface Row {
  readonly key: string;
  readonly schema: Schema;
  readonly required: boolean;
}

/** Lists the keys of a block. */
export function rowsOf(block: Schema): Row[] {
  return Object.entries(block.properties ?? {}).map(([key, schema]) => ({
    key,
    schema,
    required: block.required?.includes(key) ?? false,
  }));
}

/** Writes a Markdown table of keys; `links` leads from a key to the section of its block. */
export function tableOf(
  rows: readonly Row[],
  links: Readonly<Record<string, string>> = {},
): string {
  const lines = rows.map(({ key, schema, required }) => {
    const link = links[key];
    const more = link === undefined ? "" : ` See [${link}](#${anchorOf(link)}).`;
    const fallback = required ? "required" : defaultOf(schema);
    return [`\`${key}\``, typeOf(schema), fallback, describe(schema) + more];
  });
  const all = [["key", "type", "default", "meaning"], ["---", "---", "---", "---"], ...lines];
  return all.map((cells) => `| ${cells.map(escapeCell).join(" | ")} |`).join("\n");
}

/** The anchor that GitHub gives a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, "")
    .replaceAll(" ", "-");
}

function describe(schema: Schema): string {
  const examples = Array.isArray(schema["examples"]) ? schema["examples"] : [];
  const shown = examples.map((example) => `\`${String(example)}\``).join(", ");
  return [schema.description ?? "", shown === "" ? "" : `Such as ${shown}.`].join(" ").trim();
}

function typeOf(schema: Schema): string {
  if (schema["form"] === "status_test") return "status";
  if (typeof schema["form"] === "string") return schema["form"];
  if (typeof schema["$id"] === "string") return "condition";
  if (schema.anyOf !== undefined) return unionType(schema.anyOf);
  if (schema["const"] !== undefined) return `\`${String(schema["const"])}\``;
  switch (schema.type) {
    case "string":
      return "text";
    case "boolean":
      return "true, false";
    case "integer":
      return "whole number";
    case "array":
      return `list of ${typeOf(schema.items ?? {})}`;
    case "object":
      return schema["patternProperties"] === undefined ? "block" : "map";
    default:
      return "anything";
  }
}

function unionType(branches: readonly Schema[]): string {
  const fixed = branches.every((branch) => branch["const"] !== undefined);
  return branches.map(typeOf).join(fixed ? " | " : " or ");
}

function defaultOf(schema: Schema): string {
  const value = schema["default"];
  if (value === undefined) return "";
  return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

function escapeCell(text: string): string {
  return text.replaceAll("|", "\\|");
}
