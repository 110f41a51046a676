import { describe, expect, test } from "bun:test";
import type { ConditionPlan } from "../../../src/core/model.ts";
import { compileCondition } from "../../../src/core/transform/condition.ts";
import { fakeContext } from "../../support/fake-context.ts";

const CONTEXT = fakeContext(
  { clientIp: "203.0.113.9", path: "/admin/x", query: "?debug&a%20b=1&q=x+y" },
  { method: "POST", headers: ["x-a", "one", "x-a", "two", "accept", "text/html"] },
);
const RESPONSE_HEADERS = ["content-type", "application/json", "x-a", "three"];

describe("compileCondition, in request rules", () => {
  test.each<[ConditionPlan, boolean]>([
    [{}, true],
    [{ pathMatches: "^/admin" }, true],
    [{ pathMatches: "min/x$" }, true],
    [{ pathMatches: "^/ADMIN" }, false],
    [{ pathMatches: "(?i)^/ADMIN" }, true],
    [{ methodIs: "POST" }, true],
    [{ methodIs: "post" }, true],
    [{ methodIs: "GET" }, false],
    [{ hasHeader: { name: "x-a", valueMatches: null } }, true],
    [{ hasHeader: { name: "x-b", valueMatches: null } }, false],
    [{ hasHeader: { name: "x-a", valueMatches: "^two$" } }, true],
    [{ hasHeader: { name: "x-a", valueMatches: "^three$" } }, false],
    [{ requestHasHeader: { name: "x-a", valueMatches: "one" } }, true],
    [{ clientIpIn: ["203.0.113.0/24"] }, true],
    [{ clientIpIn: ["10.0.0.0/8", "2001:db8::/32"] }, false],
    [{ queryHas: "debug" }, true],
    [{ queryHas: "a b" }, true],
    [{ queryHas: "q" }, true],
    [{ queryHas: "x" }, false],
    [{ statusIs: ["2xx"] }, false],
    [{ not: { methodIs: "GET" } }, true],
    [{ not: { methodIs: "POST" } }, false],
    [{ not: {} }, false],
    [{ not: { not: { methodIs: "POST" } } }, true],
    [{ methodIs: "POST", pathMatches: "^/admin", queryHas: "debug" }, true],
    [{ methodIs: "POST", pathMatches: "^/other", queryHas: "debug" }, false],
    [{ methodIs: "POST", not: { clientIpIn: ["203.0.113.9"] } }, false],
    [{ not: { methodIs: "POST", queryHas: "missing" } }, true],
  ])("%j is %p", (plan, expected) => {
    expect(compileCondition(plan)(CONTEXT)).toBe(expected);
  });

  test("has no query parameter where there is no query", () => {
    expect(compileCondition({ queryHas: "" })(fakeContext())).toBe(false);
  });
});

describe("compileCondition, in response rules", () => {
  test.each<[ConditionPlan, boolean]>([
    [{ statusIs: ["404"] }, true],
    [{ statusIs: ["4xx"] }, true],
    [{ statusIs: ["4XX"] }, true],
    [{ statusIs: ["200", "5xx", "404"] }, true],
    [{ statusIs: ["200", "5xx", "403"] }, false],
    [{ statusIs: [] }, false],
    [{ not: { statusIs: ["2xx"] } }, true],
    [{ hasHeader: { name: "content-type", valueMatches: "json" } }, true],
    [{ hasHeader: { name: "x-a", valueMatches: "one" } }, false],
    [{ hasHeader: { name: "accept", valueMatches: null } }, false],
    [{ requestHasHeader: { name: "accept", valueMatches: "html" } }, true],
    [{ not: { hasHeader: { name: "x-a", valueMatches: "three" } } }, false],
    [{ statusIs: ["404"], methodIs: "POST" }, true],
  ])("%j is %p", (plan, expected) => {
    expect(compileCondition(plan)(CONTEXT, 404, RESPONSE_HEADERS)).toBe(expected);
  });
});

test("compileCondition gives the same answer when asked again", () => {
  const condition = compileCondition({ pathMatches: "(?i)ADMIN" });
  expect([1, 2, 3].map(() => condition(CONTEXT))).toEqual([true, true, true]);
});
