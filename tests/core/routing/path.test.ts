import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { normalisePath } from "../../../src/core/routing/path.ts";

describe("normalisePath", () => {
  test.each([
    ["/", "/"],
    ["/api/users", "/api/users"],
    ["/api/", "/api/"],
    ["//", "/"],
    ["//a///b//", "/a/b/"],
    ["/a/./b", "/a/b"],
    ["/a/b/.", "/a/b/"],
    ["/a/b/..", "/a/"],
    ["/a/b/../", "/a/"],
    ["/a/..", "/"],
    ["/a/../b", "/b"],
    ["/a//../b", "/b"],
    ["/a/b/../../c", "/c"],
    ["/./", "/"],
    ["/.well-known/x", "/.well-known/x"],
    ["/...", "/..."],
    ["/..a/b..", "/..a/b.."],
    ["/%61%7A%2D%5f%7e%39", "/az-_~9"],
    ["/a/%2e%2e/b", "/b"],
    ["/a/%2E/b", "/a/b"],
    ["/a/.%2e/b", "/b"],
    ["/%C3%a9", "/%C3%a9"],
    ["/%20%3F%23%25", "/%20%3F%23%25"],
    ["/%252e%252e/a", "/%252e%252e/a"],
    ["/@scope%2fname", "/@scope%2fname"],
    ["/@scope%2Fname/%61", "/@scope%2Fname/a"],
    ["/a%5cb", "/a%5cb"],
    ["/a%2f", "/a%2f"],
    ["/a%2f.hidden", "/a%2f.hidden"],
    ["/a%2f..b", "/a%2f..b"],
    ["/a;v=1,2/b:c@d!$&'()*+=", "/a;v=1,2/b:c@d!$&'()*+="],
    ["/caf\u00c3\u00a9", "/caf\u00c3\u00a9"],
  ])("turns %s into %s", (from, to) => {
    expect(normalisePath(from)).toEqual({ path: to, query: "" });
  });

  test.each([
    ["/a?", "/a", "?"],
    ["/a?x=%zz&y=/../", "/a", "?x=%zz&y=/../"],
    ["/a/../b?q=%41//\\", "/b", "?q=%41//\\"],
    ["//?a?b", "/", "?a?b"],
  ])("leaves the query of %s byte for byte", (target, path, query) => {
    expect(normalisePath(target)).toEqual({ path, query });
  });

  test.each([
    "",
    "*",
    "a",
    "?a",
    "http://x/",
    "/..",
    "/../",
    "/a/../..",
    "/a/../../b",
    "/%2e%2e",
    "/%2e%2e/%2e%2e/etc/passwd",
    "//..",
    "/%00",
    "/a%00b",
    "/a\\b",
    "/\\",
    "/a/..%2f",
    "/a/%2f..",
    "/a/%2f../b",
    "/a/%2e%2e%2f",
    "/a/..%2Fb",
    "/a/..%5c",
    "/a/..%5Cb",
    "/a/%5c%2e%2e",
    "/a/b%2f..%2fc",
    "/a/b%2f.%2fc",
    "/a/.%2f",
    "/a/%2f.",
    "/%",
    "/%2",
    "/%zz",
    "/%2g",
    "/a%/b",
    "/%2%65",
    "/a b",
    "/a\tb",
    "/a\r\nb",
    "/a\u0000b",
    "/a\u007fb",
    "/a#b",
    "/\u2024\u2024\\x",
  ])("refuses %j", (target) => {
    expect(normalisePath(target)).toBeNull();
  });

  const piece = fc.constantFrom(
    ..."/ . .. // %2e %2E %2f %2F %5c %5C %41 %7e %25 %20 %00 % %z a B ~ - _ ; = : @ \\ # é ? &".split(
      " ",
    ),
  );
  const target = fc.array(piece, { maxLength: 24 }).map((pieces) => `/${pieces.join("")}`);

  test("is idempotent, for any path", () => {
    fc.assert(
      fc.property(target, (given) => {
        const once = normalisePath(given);
        if (once === null) return;
        expect(normalisePath(once.path + once.query)).toEqual(once);
      }),
      { numRuns: 3000 },
    );
  });

  test("leaves no dot segment and no empty segment, however a reader decodes the path", () => {
    fc.assert(
      fc.property(target, (given) => {
        const path = normalisePath(given)?.path;
        if (path === undefined) return;
        expect(path).not.toMatch(/\/\/|[?#\\]/);
        const readings = [path, path.replace(/%2f/gi, "/"), path.replace(/%2f|%5c/gi, "/")];
        for (const reading of readings) {
          expect(reading.split("/").filter((part) => part === "." || part === "..")).toEqual([]);
        }
      }),
      { numRuns: 3000 },
    );
  });

  test("agrees with the URL standard where that has no reason to differ", () => {
    const plain = fc.constantFrom("a", "b.c", "..", ".", "~x", "%2e", "a;b");
    fc.assert(
      fc.property(fc.array(plain, { maxLength: 8 }), fc.boolean(), (segments, slash) => {
        const given = `/${segments.join("/")}${slash && segments.length > 0 ? "/" : ""}`;
        const ours = normalisePath(given);
        if (ours !== null) expect(ours.path).toBe(new URL(given, "http://x").pathname);
      }),
      { numRuns: 2000 },
    );
  });

  test("gives paths back as they are where nothing has to be done, whatever their length", () => {
    const clean = fc
      .array(fc.stringMatching(/^[a-z0-9~_-]{1,12}$/), { minLength: 1 })
      .map((segments) => `/${segments.join("/")}`);
    fc.assert(
      fc.property(clean, (path) => {
        expect(normalisePath(path)).toEqual({ path, query: "" });
      }),
    );
  });
});
