import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { RouteEntry } from "../../../src/core/routing/route-table.ts";
import { createRouteTable } from "../../../src/core/routing/route-table.ts";

/** Makes entries of `host/prefix` keys; each route's value is its key. */
function entries(...keys: string[]): RouteEntry<string>[] {
  return keys.map((key) => {
    const slash = key.indexOf("/");
    return { host: slash === 0 ? null : key.slice(0, slash), prefix: key.slice(slash), value: key };
  });
}

/** The contract, word by word, without any thought of speed. */
function referenceMatch(
  routes: readonly RouteEntry<string>[],
  host: string,
  path: string,
): string | null {
  const rank = (route: RouteEntry<string>) => {
    if (route.host === null) return 0;
    return route.host.startsWith("*.") ? 1 : 2;
  };
  const fits = (route: RouteEntry<string>) => {
    const { prefix } = route;
    const onPath = prefix === "/" || path === prefix || path.startsWith(`${prefix}/`);
    if (!onPath || route.host === null) return onPath;
    if (!route.host.startsWith("*.")) return route.host === host;
    const suffix = route.host.slice(1);
    const label = host.slice(0, -suffix.length);
    return host.endsWith(suffix) && label !== "" && !label.includes(".");
  };
  const [best] = routes
    .filter(fits)
    .sort((a, b) => rank(b) - rank(a) || b.prefix.length - a.prefix.length);
  return best?.value ?? null;
}

describe("createRouteTable", () => {
  test.each([
    ["/api", "/api"],
    ["/api/", "/api"],
    ["/api/x", "/api"],
    ["/apikeys", "/"],
    ["/api/v1", "/api/v1"],
    ["/api/v1/users/7", "/api/v1"],
    ["/api/v12", "/api"],
    ["/API", "/"],
    ["/", "/"],
    ["/other", "/"],
  ])("takes %s to the longest prefix of whole segments, %s", (path, route) => {
    const table = createRouteTable(entries("/", "/api", "/api/v1"));
    expect(table.match("any.example", path)).toBe(route);
  });

  test("has no answer where no prefix fits", () => {
    const table = createRouteTable(entries("/api", "a.example/x"));
    expect(table.match("a.example", "/other")).toBeNull();
    expect(createRouteTable([]).match("a.example", "/")).toBeNull();
  });

  test.each([
    ["api.example.com", "/v1/x", "api.example.com/"],
    ["www.example.com", "/v1/x", "*.example.com/v1"],
    ["example.com", "/v1/x", "/v1/x"],
    ["a.b.example.com", "/v1/x", "/v1/x"],
    [".example.com", "/v1/x", "/v1/x"],
    ["other.org", "/v1/x", "/v1/x"],
    ["", "/v1/x", "/v1/x"],
    ["[::1]", "/v1/x", "/v1/x"],
  ])("prefers exact host, then wildcard, then none: %s%s goes to %s", (host, path, route) => {
    const table = createRouteTable(entries("/v1/x", "*.example.com/v1", "api.example.com/"));
    expect(table.match(host, path)).toBe(route);
  });

  test("goes on to the wildcard and to routes of any host where a host's prefixes miss", () => {
    const table = createRouteTable(
      entries("/health", "/other", "*.example.com/other", "api.example.com/v1"),
    );
    expect(table.match("api.example.com", "/v1")).toBe("api.example.com/v1");
    expect(table.match("api.example.com", "/other")).toBe("*.example.com/other");
    expect(table.match("api.example.com", "/health")).toBe("/health");
  });

  test("counts the first of two entries with the same host and prefix", () => {
    const first = { host: null, prefix: "/x", value: "first" };
    const table = createRouteTable([first, ...entries("/x")]);
    expect(table.match("", "/x")).toBe("first");
  });

  test("does not fall for names of object members", () => {
    const table = createRouteTable(entries("/a", "x.example/a"));
    for (const name of ["constructor", "__proto__", "toString"]) {
      expect(table.match(name, `/${name}`)).toBeNull();
    }
  });

  test("agrees with a naive reading of the contract", () => {
    const segment = fc.constantFrom("a", "b", "ab", "a%2fb");
    const prefix = fc.array(segment, { maxLength: 3 }).map((parts) => `/${parts.join("/")}`);
    const host = fc.constantFrom(null, "x.com", "a.x.com", "*.x.com", "*.com", "*.a.x.com");
    const routes = fc.uniqueArray(fc.record({ host, prefix }), {
      selector: (route) => `${route.host}${route.prefix}`,
      maxLength: 20,
    });
    const asked = fc.constantFrom("x.com", "a.x.com", "b.x.com", "b.a.x.com", "com", "y.org");
    const path = fc.tuple(prefix, fc.constantFrom("", "/", "/c")).map(([start, end]) => {
      return start === "/" ? `/${end.slice(1)}` : start + end;
    });
    fc.assert(
      fc.property(routes, asked, path, (given, name, asPath) => {
        const made = given.map((route) => ({ ...route, value: `${route.host}${route.prefix}` }));
        expect(createRouteTable(made).match(name, asPath)).toBe(referenceMatch(made, name, asPath));
      }),
      { numRuns: 3000 },
    );
  });

  test("finds each of 5,000 routes", () => {
    const keys = Array.from({ length: 5000 }, (_, i) => `h${i % 50}.example/s${i}/t${i % 7}`);
    const table = createRouteTable(entries(...keys));
    for (const key of keys) {
      const slash = key.indexOf("/");
      expect(table.match(key.slice(0, slash), `${key.slice(slash)}/rest`)).toBe(key);
    }
  });
});
