import { describe, expect, test } from "bun:test";
import type { ExchangeContext } from "../../../src/core/context.ts";
import type { HeaderRule } from "../../../src/core/model.ts";
import {
  compileRequestHeaderOps,
  compileResponseHeaderOps,
} from "../../../src/core/transform/header-ops.ts";
import { fakeContext } from "../../support/fake-context.ts";

function rule(given: Partial<HeaderRule>): HeaderRule {
  return { remove: [], add: [], condition: null, ...given };
}

function edit(
  rules: HeaderRule[],
  headers: string[],
  context: ExchangeContext = fakeContext(),
): string[] {
  const edited = [...headers];
  compileRequestHeaderOps(rules)?.(context, edited);
  return edited;
}

describe("compileRequestHeaderOps", () => {
  test("is nothing without rules", () => {
    expect(compileRequestHeaderOps([])).toBeNull();
  });

  test("removes first, then adds", () => {
    const rules = [rule({ remove: ["a", "b"], add: [["b", ["new"]]] })];
    expect(edit(rules, ["a", "1", "b", "2", "c", "3", "a", "4"])).toEqual(["c", "3", "b", "new"]);
  });

  test("replaces all fields of a name by one", () => {
    expect(edit([rule({ add: [["b", ["new"]]] })], ["b", "1", "a", "2", "b", "3"])).toEqual([
      ...["b", "new", "a", "2"],
    ]);
  });

  test("sends several fields for several values", () => {
    const added = edit([rule({ add: [["b", ["1", "2", "3"]]] })], ["b", "0", "a", "x", "b", "9"]);
    expect(added.filter((_, i) => added[i - 1] === "b")).toEqual(["1", "2", "3"]);
  });

  test("applies rules in order, each on what the one before left", () => {
    const rules = [
      rule({ add: [["a", ["1"]]] }),
      rule({ remove: ["a"], add: [["b", ["2"]]] }),
      rule({ add: [["b", ["3"]]] }),
    ];
    expect(edit(rules, [])).toEqual(["b", "3"]);
  });

  test("applies a rule only where its condition holds", () => {
    const rules = [rule({ add: [["a", ["1"]]], condition: { methodIs: "POST" } })];
    expect(edit(rules, [], fakeContext({}, { method: "POST" }))).toEqual(["a", "1"]);
    expect(edit(rules, [], fakeContext({}, { method: "GET" }))).toEqual([]);
  });

  test("asks conditions of the request as the client sent it", () => {
    const condition = { hasHeader: { name: "x-in", valueMatches: null } };
    const rules = [rule({ remove: ["x-in"] }), rule({ add: [["a", ["1"]]], condition })];
    const context = fakeContext({}, { headers: ["x-in", "1"] });
    expect(edit(rules, ["x-in", "1"], context)).toEqual(["a", "1"]);
  });

  test("renders placeholders", () => {
    const rules = [rule({ add: [["x", ["{method} by {client_ip}"]]] })];
    expect(edit(rules, [])).toEqual(["x", "GET by 192.0.2.7"]);
  });

  test.each([
    ["an empty constant", ""],
    ["blanks", "  "],
    ["a placeholder without a value", "{header.missing}"],
    ["a line feed", "a\nset-cookie: x"],
    ["a carriage return", "a\rb"],
    ["a NUL", "a\u0000b"],
    ["a final line feed", "a\n"],
    ["a value with a line feed", "{header.bad}"],
  ])("does not send %s, nor what it should have replaced", (_case, value) => {
    const context = fakeContext({}, { headers: ["bad", "a\nb"] });
    const rules = [rule({ add: [["x-user", [value]]] })];
    expect(edit(rules, ["x-user", "claimed", "a", "1"], context)).toEqual(["a", "1"]);
  });

  test("sends the values that are left where one of several is empty", () => {
    const rules = [rule({ add: [["x", ["{header.missing}", "b"]]] })];
    expect(edit(rules, ["x", "a"])).toEqual(["x", "b"]);
  });

  test("trims white space around a value", () => {
    expect(edit([rule({ add: [["x", [" a {header.missing}\t"]]] })], [])).toEqual(["x", "a"]);
  });

  test("sends text beyond ASCII as UTF-8, and a request's bytes as they came", () => {
    const context = fakeContext({}, { headers: ["x-in", "\u00c3\u00a9\u00ff"] });
    expect(edit([rule({ add: [["x", ["é{header.x-in}"]]] })], [], context)).toEqual([
      ...["x", "\u00c3\u00a9\u00c3\u00a9\u00ff"],
    ]);
  });

  test("can replace Host but not take it away", () => {
    const host = ["host", "a"];
    expect(edit([rule({ remove: ["host"] })], host)).toEqual(["host", "a"]);
    expect(edit([rule({ add: [["host", ["{header.missing}"]]] })], host)).toEqual(["host", "a"]);
    expect(edit([rule({ add: [["host", ["b"]]] })], host)).toEqual(["host", "b"]);
  });

  test.each(["content-length", "transfer-encoding", "connection", "upgrade"])(
    "does not touch %s",
    (name) => {
      expect(edit([rule({ remove: [name], add: [[name, ["x"]]] })], [name, "1"])).toEqual([
        ...[name, "1"],
      ]);
    },
  );
});

describe("compileResponseHeaderOps", () => {
  test("is nothing without rules", () => {
    expect(compileResponseHeaderOps([])).toBeNull();
  });

  test("looks at the status and the fields of the answer", () => {
    const ops = compileResponseHeaderOps([
      rule({ add: [["x-status", ["yes"]]], condition: { statusIs: ["5xx"] } }),
      rule({
        remove: ["server"],
        condition: { hasHeader: { name: "server", valueMatches: "nginx" } },
      }),
      rule({
        add: [["x-late", ["yes"]]],
        condition: { hasHeader: { name: "server", valueMatches: null } },
      }),
    ]);
    const headers = ["server", "nginx/1.2", "a", "1"];
    ops?.(fakeContext(), 503, headers);
    expect(headers).toEqual(["a", "1", "x-status", "yes"]);
  });
});
