import type { HeaderList } from "../../../ports/exchange.ts";
import { headerValue, headerValues } from "../../../utils/header-list.ts";
import { parseHttpDate } from "../../../utils/http-date.ts";
import type { Validators } from "./validators.ts";

/** What a conditional GET or HEAD comes to. */
export type Verdict = "serve" | "not_modified" | "failed";

/** Evaluates the conditions of a GET or HEAD in the order of RFC 9110, 13.2.2, steps 1 to 4. */
export function checkPreconditions(headers: HeaderList, validators: Validators): Verdict {
  if (!unchanged(headers, validators)) return "failed";
  const noneMatch = listValue(headers, "if-none-match");
  if (noneMatch !== undefined) {
    return namesTag(noneMatch, validators, false) ? "not_modified" : "serve";
  }
  const since = dateValue(headers, "if-modified-since");
  const { lastModified } = validators;
  if (since === undefined || lastModified === null) return "serve";
  return lastModified <= since ? "not_modified" : "serve";
}

/**
 * Tells whether a Range field counts: always without If-Range, else only where that names exactly
 * the present state (RFC 9110, 13.1.5). A weak validator never does.
 */
export function rangeHolds(headers: HeaderList, validators: Validators): boolean {
  const condition = headerValue(headers, "if-range");
  if (condition === undefined) return true;
  if (!validators.strong) return false;
  if (condition === validators.entityTag) return true;
  const date = parseHttpDate(condition);
  return date !== undefined && date === validators.lastModified;
}

/** Steps 1 and 2: If-Match, and only without it If-Unmodified-Since. */
function unchanged(headers: HeaderList, validators: Validators): boolean {
  const match = listValue(headers, "if-match");
  if (match !== undefined) return namesTag(match, validators, true);
  const since = dateValue(headers, "if-unmodified-since");
  const { lastModified } = validators;
  return since === undefined || lastModified === null || lastModified <= since;
}

/** Looks for our tag in a list of them, by strong or weak comparison (RFC 9110, 8.8.3.2). */
function namesTag(list: string, validators: Validators, strongly: boolean): boolean {
  if (list.trim() === "*") return true;
  const { entityTag, strong } = validators;
  if (entityTag === null || (strongly && !strong)) return false;
  const opaque = strong ? entityTag : entityTag.slice(2);
  // A tag may hold commas, so the list is not split at them.
  for (const [, weak, theirs] of list.matchAll(/(W\/)?("[^"]*")/g)) {
    if (theirs === opaque && !(strongly && weak !== undefined)) return true;
  }
  return false;
}

function listValue(headers: HeaderList, name: string): string | undefined {
  const first = headerValue(headers, name);
  return first === undefined ? undefined : headerValues(headers, name).join(", ");
}

/** An unreadable date is as good as none (RFC 9110, 13.1.3, 13.1.4). */
function dateValue(headers: HeaderList, name: string): number | undefined {
  const value = headerValue(headers, name);
  return value === undefined ? undefined : parseHttpDate(value);
}
