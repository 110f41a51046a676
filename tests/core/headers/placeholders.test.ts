import { describe, expect, test } from "bun:test";
import {
  compileTemplate,
  findPlaceholders,
  isPlaceholder,
  placeholderNames,
} from "../../../src/core/headers/placeholders.ts";
import { fakeContext } from "../../support/fake-context.ts";

const CONTEXT = fakeContext(
  {
    clientIp: "203.0.113.9",
    host: "example.com:8443",
    scheme: "https",
    path: "/a/b",
    query: "?x=1&y=%20",
    route: "/a",
    upstream: "http://up:80",
    requestId: "id-1",
  },
  { method: "PUT", headers: ["x-team", "red", "accept", "a", "accept", "b"] },
);

describe("compileTemplate", () => {
  test.each([
    ["{client_ip}", "203.0.113.9"],
    ["{timestamp}", "1700000000"],
    ["{timestamp_iso}", "2023-11-14T22:13:20.123Z"],
    ["{uri_path}", "/a/b"],
    ["{method}", "PUT"],
    ["{host}", "example.com"],
    ["{scheme}", "https"],
    ["{query}", "x=1&y=%20"],
    ["{request_id}", "id-1"],
    ["{route}", "/a"],
    ["{upstream}", "http://up:80"],
    ["{header.x-team}", "red"],
    ["{header.X-Team}", "red"],
    ["{header.accept}", "a, b"],
    ["{header.missing}", ""],
    ["{method} {uri_path}?{query}!", "PUT /a/b?x=1&y=%20!"],
    ["{{method}}", "{PUT}"],
    ["{method}{method}", "PUTPUT"],
    ['{"ip":"{client_ip}"}', '{"ip":"203.0.113.9"}'],
  ])("renders %s as %s", (text, rendered) => {
    const template = compileTemplate(text);
    expect(template.constant).toBe(false);
    expect(template.render(CONTEXT)).toBe(rendered);
  });

  test.each(["", "plain", "{unknown}", "{header.}", "{ method }", "{}", '{"a":{"b":1}}', "{a:b}"])(
    "takes %j as it is",
    (text) => {
      const template = compileTemplate(text);
      expect(template.constant).toBe(true);
      expect(template.render(CONTEXT)).toBe(text);
    },
  );

  test("encodes values and leaves the text around them alone", () => {
    const template = compileTemplate("<{method}>", (value) => value.toLowerCase());
    expect(template.render(CONTEXT)).toBe("<put>");
    expect(compileTemplate("AB", (value) => value.toLowerCase()).render(CONTEXT)).toBe("AB");
  });

  test("keeps the port out of {host}, also behind an IPv6 address", () => {
    const render = (host: string) => compileTemplate("{host}").render(fakeContext({ host }));
    expect(render("[2001:db8::1]:80")).toBe("[2001:db8::1]");
    expect(render("[2001:db8::1]")).toBe("[2001:db8::1]");
    expect(render("example.com")).toBe("example.com");
  });
});

test("findPlaceholders lists known and unknown names in order", () => {
  expect(findPlaceholders('{"a":"{method} {clientip}"} {header.X} { } {}')).toEqual([
    "method",
    "clientip",
    "header.X",
  ]);
});

test("isPlaceholder knows its names and any header", () => {
  for (const name of [...placeholderNames, "header.x", "header.X-Y_Z"]) {
    expect(isPlaceholder(name)).toBe(true);
  }
  for (const name of ["clientip", "header.", "header", "Method", "constructor", ""]) {
    expect(isPlaceholder(name)).toBe(false);
  }
});
