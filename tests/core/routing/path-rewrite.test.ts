import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { normalisePath } from "../../../src/core/routing/path.ts";
import { createPathRewrite } from "../../../src/core/routing/path-rewrite.ts";

describe("createPathRewrite", () => {
  test.each([
    // prefix, path_rewrite, path of the target, request, sent
    ["/api", null, "", "/api/x/", "/api/x/"],
    ["/", null, "", "/", "/"],
    ["/health", null, "/health", "/health", "/health"],
    ["/health", null, "/health", "/health/", "/health/"],
    ["/api", null, "/v1", "/api", "/v1"],
    ["/api", null, "/v1", "/api/x", "/v1/x"],
    ["/api", null, "/v1/", "/api", "/v1/"],
    ["/api", null, "/v1/", "/api/", "/v1/"],
    ["/api", null, "/v1/", "/api/x", "/v1/x"],
    ["/", null, "/v1", "/", "/v1"],
    ["/", null, "/v1", "/x/y", "/v1/x/y"],
    ["/", null, "/v1/", "/x", "/v1/x"],
    ["/api", "/", "", "/api", "/"],
    ["/api", "/", "", "/api/", "/"],
    ["/api", "/", "", "/api/x/", "/x/"],
    ["/api", "/v2", "", "/api", "/v2"],
    ["/api", "/v2", "", "/api/x", "/v2/x"],
    ["/api", "/v2/", "", "/api/x", "/v2/x"],
    ["/api", "/v2", "/base", "/api/x", "/base/v2/x"],
    ["/api", "/v2", "/base/", "/api/x", "/base/v2/x"],
    ["/api", "/", "/base", "/api", "/base"],
    ["/api", "/", "/base", "/api/", "/base/"],
    ["/api", "/", "/base", "/api/x", "/base/x"],
    ["/", "/", "", "/x", "/x"],
    ["/", "/v2", "", "/", "/v2"],
    ["/a/b", "/c", "", "/a/b/d%2fe", "/c/d%2fe"],
  ] as const)("prefix %s, rewrite %s, target path %j: %s is sent as %s", (...row) => {
    const [prefix, pathRewrite, basePath, path, sent] = row;
    expect(createPathRewrite({ prefix, pathRewrite, basePath })(path)).toBe(sent);
  });

  test("gives a normalised path for any parts that are", () => {
    const part = fc
      .array(fc.constantFrom("a", "b.c", "%2f", "~"), { minLength: 1, maxLength: 3 })
      .map((segments) => `/${segments.join("/")}`);
    const ending = fc.constantFrom("", "/", "/x", "/x/");
    const options = fc.record({
      prefix: fc.oneof(part, fc.constant("/")),
      pathRewrite: fc.oneof(part, fc.constantFrom(null, "/", "/y/")),
      basePath: fc.oneof(part, fc.constantFrom("", "/z/")),
    });
    fc.assert(
      fc.property(options, ending, (given, end) => {
        const path = given.prefix === "/" ? `/${end.slice(1)}` : given.prefix + end;
        const sent = createPathRewrite(given)(path);
        expect(normalisePath(sent)).toEqual({ path: sent, query: "" });
        if (path.length > given.prefix.length) {
          expect(sent.endsWith("/")).toBe(path.endsWith("/"));
        }
      }),
    );
  });
});
