import {
  findPlaceholders,
  isPlaceholder,
  placeholderNames,
} from "../../core/headers/placeholders.ts";
import { suggest } from "../../utils/suggest.ts";
import type { Scope } from "./scope.ts";

/** Reports placeholders that do not exist. */
export function checkPlaceholders(text: string, { path, issues }: Scope): void {
  if (!text.includes("{")) return;
  for (const name of new Set(findPlaceholders(text))) {
    if (isPlaceholder(name)) continue;
    const meant = suggest(name, placeholderNames);
    issues.error({
      path,
      code: "unknown_placeholder",
      message: `Unknown placeholder '{${name}}'${meant === null ? "" : ` - did you mean '{${meant}}'?`}`,
      hint: `Known: ${placeholderNames.map((known) => `{${known}}`).join(", ")}, {header.NAME}.`,
    });
  }
}
