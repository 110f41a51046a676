import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { configJsonSchema } from "../../src/config/schema.ts";
import { fitsJsonSchema } from "./json-schema-check.ts";

const schema: object = JSON.parse(JSON.stringify(configJsonSchema()));
const FOLDER = join(import.meta.dir, "../golden/config");

/** Codes of what only the structure decides, which an editor can see, too. */
const STRUCTURAL =
  /error (?:missing_field|unknown_field|invalid_type|invalid_choice|out_of_range|empty|invalid_duration|invalid_size|invalid_status|misplaced_field|not_built) /;

const cases = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".txt"))
  .map((name): [string, string] => [
    name.replace(/txt$/, "yaml"),
    readFileSync(join(FOLDER, name), "utf8"),
  ]);
// Warnings of unbuilt keys are right in an editor, where they show as errors.
const good = cases.filter(
  ([, report]) => !report.includes(" not_built ") && !/ error /.test(report),
);
const bad = cases.filter(
  ([, report]) => STRUCTURAL.test(report) && !/ (?:yaml_\S+|duplicate_key) /.test(report),
);

function readCase(name: string): unknown {
  return parse(readFileSync(join(FOLDER, name), "utf8"), { merge: true });
}

describe("configJsonSchema", () => {
  test.each(good)("accepts %s, as loading does", (name) => {
    expect(fitsJsonSchema(readCase(name), schema)).toBe(true);
  });

  test.each(bad)("refuses %s, as loading does", (name) => {
    expect(fitsJsonSchema(readCase(name), schema)).toBe(false);
  });

  test("covers most golden files", () => {
    expect(good.length).toBeGreaterThan(12);
    expect(bad.length).toBeGreaterThan(12);
  });

  test("describes each key", () => {
    const missing: string[] = [];
    const visit = (value: unknown, path: string): void => {
      if (typeof value !== "object" || value === null) return;
      for (const [key, item] of Object.entries(value)) {
        const below = `${path}/${key}`;
        const isProperty = path.endsWith("/properties");
        if (isProperty && !JSON.stringify(item).includes('"description"') && !refers(item))
          missing.push(below);
        visit(item, below);
      }
    };
    visit(schema, "");
    expect(missing).toEqual([]);
  });
});

/** References carry the description at their target. */
function refers(schemaOfKey: unknown): boolean {
  return JSON.stringify(schemaOfKey).includes("$ref");
}
