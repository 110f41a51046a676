import { expect, test } from "bun:test";
import { addBrowserDefaults } from "../../../src/core/headers/browser-defaults.ts";
import { headerValue, headerValues } from "../../../src/utils/header-list.ts";

test("addBrowserDefaults fills in what is missing", () => {
  const headers = ["host", "x"];
  addBrowserDefaults(headers);
  expect(headerValue(headers, "user-agent")).toStartWith("Mozilla/5.0 ");
  expect(headerValue(headers, "accept")).toStartWith("text/html,");
  expect(headerValue(headers, "accept-language")).toStartWith("en-US,");
  expect(headerValue(headers, "accept-encoding")).toBe("gzip, deflate, br");
  expect(headers).toHaveLength(10);
});

test("addBrowserDefaults leaves what the client sent, empty values too", () => {
  const headers = ["user-agent", "curl/8", "accept", "", "accept-language", "de"];
  addBrowserDefaults(headers);
  expect(headers.slice(0, 6)).toEqual([
    ...["user-agent", "curl/8", "accept", "", "accept-language", "de"],
  ]);
  expect(headerValues(headers, "accept")).toEqual([""]);
});
