import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createRedirect } from "../../../src/core/handlers/redirect.ts";
import { normalisePath } from "../../../src/core/routing/path.ts";
import type { ExchangeResponse } from "../../../src/ports/exchange.ts";
import { headerValue } from "../../../src/utils/header-list.ts";
import { fakeContext } from "../../support/fake-context.ts";
import { readText } from "../../support/read-body.ts";

async function redirect(
  prefix: string,
  target: string,
  pathAndQuery: string,
  method = "GET",
): Promise<ExchangeResponse> {
  const handler = createRedirect(prefix, { type: "redirect", target, statusCode: 308 });
  const mark = pathAndQuery.indexOf("?");
  const path = mark < 0 ? pathAndQuery : pathAndQuery.slice(0, mark);
  return handler(fakeContext({ path, query: pathAndQuery.slice(path.length) }, { method }));
}

async function locationOf(prefix: string, target: string, pathAndQuery: string): Promise<string> {
  const { headers } = await redirect(prefix, target, pathAndQuery);
  return headerValue(headers, "location") ?? "";
}

describe("createRedirect", () => {
  test.each([
    ["/old", "https://new.example/docs", "/old", "https://new.example/docs"],
    ["/old", "https://new.example/docs", "/old/", "https://new.example/docs/"],
    ["/old", "https://new.example/docs", "/old/a/b?x=1&y", "https://new.example/docs/a/b?x=1&y"],
    ["/old", "https://new.example/docs/", "/old/a", "https://new.example/docs/a"],
    ["/old", "https://new.example", "/old", "https://new.example/"],
    ["/old", "https://new.example", "/old/a", "https://new.example/a"],
    ["/", "https://new.example", "/", "https://new.example/"],
    ["/", "https://new.example", "/a/", "https://new.example/a/"],
    ["/", "https://new.example:8443/x", "/a", "https://new.example:8443/x/a"],
    ["/old", "/new", "/old/a?q", "/new/a?q"],
    ["/old", "/", "/old", "/"],
    ["/old", "/", "/old/a", "/a"],
    ["/old", "/new?from=old", "/old/a?x=1", "/new/a?from=old&x=1"],
    ["/old", "/new?from=old", "/old?", "/new?from=old"],
    ["/old", "/new#top", "/old/a?x=1", "/new/a?x=1#top"],
    ["/old", "https://b\u00fc.example/\u00e4 b", "/old/c", "https://b%C3%BC.example/%C3%A4%20b/c"],
    ["/old", "/new", "/old/%2f%5c?a=%zz", "/new/%2f%5c?a=%zz"],
    ["/old", "/new", '/old/\u00c3\u00a9|"?a=<\u00ff>', "/new/%C3%A9%7C%22?a=%3C%FF%3E"],
  ])("from %s to %s: %s goes to %s", async (prefix, target, asked, location) => {
    expect(await locationOf(prefix, target, asked)).toBe(location);
  });

  test.each([
    "/old//evil.example",
    "/old/\\evil.example",
    "/old/\\/evil.example",
    "/old///evil.example/x",
    "/old/@evil.example",
    "/old/.evil.example",
    "/old/:80@evil.example",
    "/old/\t/evil.example",
    "/old/\r\nset-cookie: a=b",
    "/old?//evil.example",
    "/old?\r\nx",
  ])("keeps the authority, whatever comes: %j", async (asked) => {
    for (const target of ["https://new.example", "https://new.example/", "https://new.example/x"]) {
      const location = await locationOf("/old", target, asked);
      expect(new URL(location, "https://here.example").host).toBe("new.example");
      expect(location).toMatch(/^[!-~]+$/);
    }
    for (const target of ["/", "/x", "/x/"]) {
      const location = await locationOf("/old", target, asked);
      expect(new URL(location, "https://here.example").host).toBe("here.example");
    }
  });

  test("keeps the authority for any request that dispatch lets through", async () => {
    const piece = fc.constantFrom(
      ..."/ // \\ @ : . .. %2f %5c %40 %0d%0a evil.example http:// ? # ; &".split(" "),
    );
    const handlers = ["https://new.example", "/"].map((target) =>
      createRedirect("/old", { type: "redirect", target, statusCode: 302 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 8 }), async (pieces) => {
        const target = normalisePath(`/old/${pieces.join("")}`);
        if (target === null || !/^\/old(?:\/|$)/.test(target.path)) return;
        const hosts = [];
        for (const handler of handlers) {
          const { headers } = await handler(fakeContext({ ...target }));
          hosts.push(new URL(headerValue(headers, "location") ?? "", "http://here.example").host);
        }
        expect(hosts).toEqual(["new.example", "here.example"]);
      }),
      { numRuns: 2000 },
    );
  });

  test("answers with the status and a short page whose link is escaped", async () => {
    const response = await redirect("/old", "/new", "/old/a?x='1'&y=2");
    expect(response.status).toBe(308);
    expect(headerValue(response.headers, "content-type")).toBe("text/html; charset=utf-8");
    const page = await readText(response.body);
    expect(page).toContain('<a href="/new/a?x=&#39;1&#39;&#38;y=2">');
  });

  test("answers HEAD with the length and no body", async () => {
    const full = await readText((await redirect("/old", "/new", "/old")).body);
    const response = await redirect("/old", "/new", "/old", "HEAD");
    expect(response.body).toBeNull();
    expect(headerValue(response.headers, "content-length")).toBe(String(full.length));
  });
});
