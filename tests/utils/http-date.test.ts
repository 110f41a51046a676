import { expect, test } from "bun:test";
import { formatHttpDate, parseHttpDate } from "../../src/utils/http-date.ts";

const INSTANT = Date.UTC(1994, 10, 6, 8, 49, 37);

test("formats in the fixed form, fractions cut off", () => {
  expect(formatHttpDate(INSTANT + 999)).toBe("Sun, 06 Nov 1994 08:49:37 GMT");
});

// RFC 9110, 5.6.7
test.each([
  ["Sun, 06 Nov 1994 08:49:37 GMT", INSTANT],
  ["Sunday, 06-Nov-94 08:49:37 GMT", INSTANT],
  ["Sun Nov  6 08:49:37 1994", INSTANT],
  ["Tuesday, 06-Nov-29 08:49:37 GMT", Date.UTC(2029, 10, 6, 8, 49, 37)],
  ["Thu, 29 Feb 2024 23:59:60 GMT", Date.UTC(2024, 2, 1)],
])("parses %s", (text, expected) => {
  expect(parseHttpDate(text)).toBe(expected);
});

test.each([
  "",
  "now",
  "1994-11-06T08:49:37Z",
  "Sun, 06 Nov 1994 08:49:37",
  "Sun, 06 Nov 1994 08:49:37 UTC",
  "Sun, 6 Nov 1994 08:49:37 GMT",
  "Sun, 06 Nov 94 08:49:37 GMT",
  "Sun, 06 Foo 1994 08:49:37 GMT",
  "Sun, 06 anF 1994 08:49:37 GMT",
  "Sun, 00 Nov 1994 08:49:37 GMT",
  "Sun, 31 Nov 1994 08:49:37 GMT",
  "Thu, 29 Feb 2023 08:49:37 GMT",
  "Sun, 06 Nov 1994 24:00:00 GMT",
  "Sun, 06 Nov 1994 08:60:37 GMT",
  "Sun, 06 Nov 1994 08:49:61 GMT",
  " Sun, 06 Nov 1994 08:49:37 GMT",
])("refuses '%s'", (text) => {
  expect(parseHttpDate(text)).toBeUndefined();
});
