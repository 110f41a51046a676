import { type TSchema, Type } from "@sinclair/typebox";
import { Check } from "@sinclair/typebox/value";

/** Which alternative of a union a value was meant for. */
export interface Choice {
  /** Null where none can be told: the union itself is then explained. */
  readonly branch: TSchema | null;
  /** Where blocks are told apart by a key (`type`) that is missing or unknown: that key … */
  readonly key?: string;
  /** … and a union of its values. */
  readonly schema?: TSchema;
}

/** Picks the alternative that a value was meant for, by its `type` key or by its kind. */
export function chooseBranch(union: TSchema, value: unknown): Choice {
  const branches = alternatives(union);
  if (union["form"] !== undefined || branches.every((branch) => branch["const"] !== undefined)) {
    return { branch: null };
  }
  const tags = branches.map((branch) => branch["properties"]?.type);
  if (tags.every((tag) => tag?.const !== undefined)) return chooseByType(branches, tags, value);
  const fitting = branches.filter((branch) => fitsKind(branch, value));
  return { branch: fitting.length === 1 ? (fitting[0] ?? null) : null };
}

/** Reads text as what a schema wants, number or boolean; undefined where it is neither. */
export function convertTo(schema: TSchema, text: string): number | boolean | undefined {
  const candidates: (number | boolean)[] = [];
  if (/^-?[0-9]+(?:\.[0-9]+)?$/.test(text)) candidates.push(Number(text));
  if (text === "true" || text === "false") candidates.push(text === "true");
  return candidates.find((candidate) => Check(schema, candidate));
}

/** The alternatives of a union; a schema that is none is its own only one. */
export function alternatives(schema: TSchema): TSchema[] {
  return schema["anyOf"] ?? [schema];
}

function chooseByType(branches: TSchema[], tags: TSchema[], value: unknown): Choice {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { branch: branches[0] ?? null };
  }
  const type = "type" in value ? value.type : undefined;
  const found = tags.findIndex((tag) => tag["const"] === type);
  if (found >= 0) return { branch: branches[found] ?? null };
  return { branch: null, key: "type", schema: Type.Union(tags) };
}

function fitsKind(schema: TSchema, value: unknown): boolean {
  if (schema["anyOf"] !== undefined) {
    return alternatives(schema).some((branch) => fitsKind(branch, value));
  }
  switch (schema["type"]) {
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    case "array":
      return Array.isArray(value);
    case "integer":
    case "number":
      return typeof value === "number";
    default:
      return schema["type"] === typeof value;
  }
}
