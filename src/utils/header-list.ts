/**
 * Reading and editing flat header lists: name, value, name, value, with lower-case names
 * (`HeaderList` in ports/exchange.ts). Lists are short, so scanning beats a map.
 */

/** Finds the first value of a field; undefined where it is absent. `name` is lower case. */
export function headerValue(headers: readonly string[], name: string): string | undefined {
  for (let i = 0; i < headers.length; i += 2) if (headers[i] === name) return headers[i + 1];
  return undefined;
}

/** Tells whether a field is present. `name` is lower case. */
export function hasHeader(headers: readonly string[], name: string): boolean {
  return headerValue(headers, name) !== undefined;
}

/** Collects all values of a field, in order. `name` is lower case. */
export function headerValues(headers: readonly string[], name: string): string[] {
  const values: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i] === name) values.push(headers[i + 1] ?? "");
  }
  return values;
}

/** Removes all fields of a name, in place, and tells whether there were any. `name` is lower case. */
export function removeHeader(headers: string[], name: string): boolean {
  let kept = 0;
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i] === name) continue;
    if (kept !== i) {
      headers[kept] = headers[i] ?? "";
      headers[kept + 1] = headers[i + 1] ?? "";
    }
    kept += 2;
  }
  if (kept === headers.length) return false;
  headers.length = kept;
  return true;
}

/** Replaces all fields of a name by one, at the place of the first; appends where there was none. */
export function setHeader(headers: string[], name: string, value: string): void {
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i] !== name) continue;
    headers[i + 1] = value;
    removeAfter(headers, name, i + 2);
    return;
  }
  headers.push(name, value);
}

/** Splits a comma-separated list field into lower-case tokens without empty ones (RFC 9110, 5.6.1). */
export function listTokens(value: string): string[] {
  const tokens: string[] = [];
  for (const part of value.split(",")) {
    const token = part.trim().toLowerCase();
    if (token !== "") tokens.push(token);
  }
  return tokens;
}

function removeAfter(headers: string[], name: string, from: number): void {
  let kept = from;
  for (let i = from; i < headers.length; i += 2) {
    if (headers[i] === name) continue;
    if (kept !== i) {
      headers[kept] = headers[i] ?? "";
      headers[kept + 1] = headers[i + 1] ?? "";
    }
    kept += 2;
  }
  headers.length = kept;
}
