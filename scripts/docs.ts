/**
 * Writes the generated documents: `docs/configuration.md` and `docs/config.schema.json`. With
 * `--check` it writes nothing and exits 1 where one is not up to date.
 */
import { join } from "node:path";
import { configJsonSchema } from "../src/config/schema.ts";
import { configurationReference } from "./docs/reference.ts";

const root = join(import.meta.dir, "..");
const check = process.argv.includes("--check");

const documents: Readonly<Record<string, string>> = {
  "docs/configuration.md": configurationReference(),
  "docs/config.schema.json": `${JSON.stringify(configJsonSchema(), null, 2)}\n`,
};

let stale = 0;
for (const [name, text] of Object.entries(documents)) {
  const file = Bun.file(join(root, name));
  const current = (await file.exists()) ? await file.text() : null;
  if (current === text) {
    console.log(`${name}: up to date`);
  } else if (check) {
    stale++;
    console.error(`${name}: not up to date, run: bun run docs`);
  } else {
    await Bun.write(file, text);
    console.log(`${name}: written`);
  }
}
process.exitCode = stale > 0 ? 1 : 0;
