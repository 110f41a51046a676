import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SERVE_ENGINE_LOSSES } from "../../src/config/serve-engine-losses.ts";

const limitations = readFileSync(join(import.meta.dir, "../../docs/limitations.md"), "utf8");
/** Without line breaks: prose is wrapped. */
const flowing = limitations.replace(/\s+/g, " ");

test.each(Object.entries(SERVE_ENGINE_LOSSES))("the limitations explain %s", (name, reason) => {
  expect(flowing).toContain(`- **${name}**: ${reason}.`);
});
