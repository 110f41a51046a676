/** The parts of HTTP's grammar that rules, configuration and codec must agree on, byte by byte. */

/** 1 for each byte of a token (RFC 9110, 5.6.2), 0 for all others. */
export const TOKEN_BYTES: Uint8Array = byteSet("!#$%&'*+-.^_`|~", [
  ["0", "9"],
  ["A", "Z"],
  ["a", "z"],
]);

/** 1 for each byte that may stand in a field value, white space included (RFC 9110, 5.5). */
export const FIELD_VALUE_BYTES: Uint8Array = byteSet("\t", [
  [" ", "~"],
  ["\x80", "\xff"],
]);

/** Tells whether a string is a token: a method, a field name, a list option (RFC 9110, 5.6.2). */
export function isToken(value: string): boolean {
  return value !== "" && hasOnly(TOKEN_BYTES, value);
}

/**
 * Tells whether a string may be sent as a field value (RFC 9110, 5.5): Latin-1 without control
 * characters but inner tabs, without white space at its ends. Empty is allowed.
 */
export function isFieldValue(value: string): boolean {
  return (
    hasOnly(FIELD_VALUE_BYTES, value) && !isBlank(value, 0) && !isBlank(value, value.length - 1)
  );
}

/** Builds a table of 256 bytes that has a 1 for each character of `characters` and `ranges`. */
export function byteSet(
  characters: string,
  ranges: readonly (readonly [first: string, last: string])[] = [],
): Uint8Array {
  const table = new Uint8Array(256);
  for (let i = 0; i < characters.length; i++) table[characters.charCodeAt(i)] = 1;
  for (const [first, last] of ranges) table.fill(1, first.charCodeAt(0), last.charCodeAt(0) + 1);
  return table;
}

/** Tells whether all characters of a string are in a table of `byteSet`; none above Latin-1 is. */
export function hasOnly(table: Uint8Array, value: string): boolean {
  for (let i = 0; i < value.length; i++) if (table[value.charCodeAt(i)] !== 1) return false;
  return true;
}

function isBlank(value: string, index: number): boolean {
  const code = value.charCodeAt(index);
  return code === 0x20 || code === 0x09;
}
