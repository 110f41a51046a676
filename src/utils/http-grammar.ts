const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const FIELD_VALUE = /^(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?$/;

/** Tells whether a string is a token: a method or a field name (RFC 9110, 5.6.2). */
export function isToken(value: string): boolean {
  return TOKEN.test(value);
}

/**
 * Tells whether a string may be sent as a field value (RFC 9110, 5.5): Latin-1 without control
 * characters but inner tabs, no white space at its ends; empty is allowed.
 */
export function isFieldValue(value: string): boolean {
  return FIELD_VALUE.test(value);
}
