import { formatPath } from "../path.ts";
import type { Scope } from "./scope.ts";
import { checkPlaceholders } from "./template.ts";

/** Token (RFC 9110, 5.6.2). */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** What no field value may hold (RFC 9110, 5.5); DEL and other controls included. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\0-\x08\x0a-\x1f\x7f]/;

/** Fields that belong to one connection or to the framing: Prox sets them itself (RFC 9110, 7.6.1). */
const CONNECTION_FIELDS: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Tells whether a text is a token: a field name or a method. */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** Checks the name of a field to change; returns it in lower case. */
export function checkFieldName(name: string, scope: Scope): string {
  const lower = checkToken(name, scope);
  if (CONNECTION_FIELDS.has(lower)) {
    scope.issues.error({
      path: scope.path,
      place: "key",
      code: "connection_field",
      message: `Field '${name}' cannot be changed by a rule`,
      hint: "It describes one connection or the framing of the body; Prox sets it itself.",
    });
  }
  return lower;
}

/** Checks that a name is a legal field name; returns it in lower case. */
export function checkToken(name: string, { path, issues }: Scope): string {
  if (!isToken(name)) {
    issues.error({
      path,
      place: "key",
      code: "invalid_header_name",
      message: `Invalid header name: '${printable(name)}'`,
      hint: "Letters, digits and !#$%&'*+-.^_`|~ are allowed.",
    });
  }
  return name.toLowerCase();
}

/** Checks the value of a field that a rule sets, placeholders included. */
export function checkFieldValue(value: string, scope: Scope): string {
  checkPlaceholders(value, scope);
  return checkFieldText(value, scope);
}

/** Checks the value of a field that is sent as it stands. */
export function checkFieldText(value: string, scope: Scope): string {
  if (CONTROL.test(value)) {
    scope.issues.error({
      path: scope.path,
      code: "invalid_header_value",
      message: `Invalid header value in field '${formatPath(scope.path)}': it holds a line break or another control character`,
    });
  }
  return value;
}

function printable(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
