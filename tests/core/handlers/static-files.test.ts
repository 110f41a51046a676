import { describe, expect, test } from "bun:test";
import { ProxError } from "../../../src/ports/failure.ts";
import { staticSite } from "./static/static-site.ts";

const HTML = ["accept", "text/html,application/xhtml+xml,*/*;q=0.8"];

describe("names", () => {
  const files = {
    "index.html": "home",
    "app.js": "script",
    "a b/ü.txt": "spaced",
    "100%.txt": "percent",
    "back\\slash.txt": "backslash",
    ".env": "secret",
    ".git/config": "secret",
    "docs/.hidden": "secret",
    ".well-known/security.txt": "contact",
    ".well-known/.secret": "secret",
    "docs/.well-known/x": "not at the root",
    "x%2fy": "literal",
  };

  test.each([
    ["/", "home"],
    ["/app.js", "script"],
    ["/a%20b/%C3%BC.txt", "spaced"],
    ["/100%25.txt", "percent"],
    ["/back%5Cslash.txt", "backslash"],
    ["/.well-known/security.txt", "contact"],
    ["/x%252fy", "literal"],
  ])("serves %s", async (path, text) => {
    expect(await staticSite(files).get(path)).toMatchObject({ status: 200, text });
  });

  test.each(["/missing", "/app.js/", "/app.js/x", "/docs", "/docs/"])(
    "has nothing at %s",
    (path) => {
      const site = staticSite(files);
      expect(() => site.handle(path)).toThrow("file_not_found");
      expect(site.files.openFiles).toBe(0);
    },
  );

  test.each([
    "/a%20b%2f%C3%BC.txt",
    "/a%20b%2F..%2Fapp.js",
    "/app.js%00",
    "/%ff",
    "/%zz",
    "/%",
    "//app.js",
    "/./app.js",
    "/docs/../app.js",
    "/%2e%2e/app.js",
    "/%2e/app.js",
    "/.env",
    "/%2eenv",
    "/.git/config",
    "/.git/",
    "/.git",
    "/docs/.hidden",
    "/.well-known/.secret",
    "/docs/.well-known/x",
  ])("does not even ask the file system for %s", (path) => {
    const site = staticSite(files, { browse: true });
    expect(() => site.handle(path)).toThrow("file_not_found");
    expect(site.files.opened).toEqual([]);
  });

  test("serves dot files where they are allowed, but no dot segments", async () => {
    const site = staticSite(files, { dotfiles: true });
    expect(await site.get("/.env")).toMatchObject({ text: "secret" });
    expect(await site.get("/docs/.hidden")).toMatchObject({ text: "secret" });
    for (const path of ["/docs/../app.js", "/./app.js", "/..", "/docs/."]) {
      expect(() => site.handle(path)).toThrow("file_not_found");
    }
    expect(site.files.opened).toEqual([".env", "docs/.hidden"]);
  });

  test.each([
    ["/assets", "/assets/app.js", "script"],
    ["/a/b", "/a/b/", "home"],
    ["/sp%2Face", "/sp%2Face/app.js", "script"],
  ])("strips the prefix %s", async (prefix, path, text) => {
    expect(await staticSite(files, {}, prefix).get(path)).toMatchObject({ status: 200, text });
  });

  test("never asks the file system for a path that does not carry its prefix whole", () => {
    const site = staticSite(files, {}, "/assets");
    expect(() => site.handle("/assetsapp.js")).toThrow("file_not_found");
    expect(site.files.opened).toEqual([]);
  });
});

describe("methods", () => {
  test("answers HEAD like GET, without a body", async () => {
    const site = staticSite({ "a.txt": "hello", "empty.txt": "" }, { cacheControl: "no-cache" });
    const get = await site.get("/a.txt");
    const head = await site.get("/a.txt", { method: "HEAD" });
    expect(head).toMatchObject({ status: 200, text: "" });
    expect(head.header("content-length")).toBe("5");
    const fields = (list: readonly string[]) => list.join("\n");
    const length = ["content-length", "5"];
    expect(fields(head.headers)).toBe(fields([...get.headers, ...length]));
    expect((await site.get("/empty.txt", { method: "HEAD" })).header("content-length")).toBe("0");
    expect(site.files.openFiles).toBe(0);
  });

  test.each(["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"])("refuses %s", (method) => {
    const site = staticSite({ "a.txt": "hello" });
    expect(() => site.handle("/a.txt", { method })).toThrow("method_not_allowed");
    expect(site.files.opened).toEqual([]);
  });
});

describe("directories", () => {
  const files = { "index.html": "home", "docs/index.html": "docs", "bare/x.txt": "x" };

  test("takes the first index file that there is", async () => {
    const index = ["index.htm", "default.html", "index.html"];
    const site = staticSite({ "d/index.html": "second", "d/default.html": "first" }, { index });
    const answer = await site.get("/d/");
    expect(answer.text).toBe("first");
    expect(answer.header("content-type")).toBe("text/html; charset=utf-8");
  });

  test("does not take a directory for an index file", () => {
    const site = staticSite({ "d/index.html/x": "" });
    expect(() => site.handle("/d/")).toThrow("file_not_found");
    expect(site.files.openFiles).toBe(0);
  });

  test.each([
    ["/", "/docs", "", "/docs/"],
    ["/", "/docs", "?a=/b&c", "/docs/?a=/b&c"],
    ["/site", "/site", "", "/site/"],
    ["/s", "/s/docs", "?", "/s/docs/?"],
  ])("under %s sends %s%s to %s", async (prefix, path, query, location) => {
    const site = staticSite(files, {}, prefix);
    const answer = await site.get(path, { query });
    expect(answer).toMatchObject({ status: 301, text: "" });
    expect(answer.header("location")).toBe(location);
    expect(site.files.openFiles).toBe(0);
  });

  test("never sends a client to another host", async () => {
    const site = staticSite({ "index.html": "" }, {}, "//evil.test");
    expect((await site.get("//evil.test")).header("location")).toBe("/evil.test/");
    const back = staticSite({ "index.html": "" }, {}, "/\\evil.test");
    expect((await back.get("/\\evil.test")).header("location")).toBe("/evil.test/");
  });

  test("tells nobody that a directory without a page is there", () => {
    const site = staticSite(files);
    expect(() => site.handle("/bare")).toThrow("file_not_found");
    expect(() => site.handle("/bare/")).toThrow("file_not_found");
  });
});

describe("single-page fallback", () => {
  const files = { "app.html": "app", "a.txt": "a", "assets/x.js": "x", "app.html.gz": "zipped" };
  const site = () => staticSite(files, { spaFallback: "app.html" });

  test.each(["/users/1", "/users/", "/", "/assets", "/assets/", "/users/%40scope%2fname"])(
    "answers %s with the page",
    async (path) => {
      const answer = await site().get(path, { headers: HTML });
      expect(answer).toMatchObject({ status: 200, text: "app" });
      expect(answer.header("content-type")).toBe("text/html; charset=utf-8");
      expect(answer.header("vary")).toBe("accept, accept-encoding");
    },
  );

  test.each([
    ["text/html;q=0.1", true],
    ["TEXT/HTML", true],
    ["text/*", true],
    ["*/*", true],
    ["", true],
    ["application/json", false],
    ["image/avif,image/webp", false],
    ["text/html;q=0, */*", false],
    ["text/html; q=0.000", false],
    ["*/*, text/*;q=0", false],
  ])("with Accept: %s answers: %p", async (accept, answers) => {
    const ask = { headers: accept === "" ? [] : ["accept", accept] };
    if (answers) expect(await site().get("/users/1", ask)).toMatchObject({ text: "app" });
    else expect(() => site().handle("/users/1", ask)).toThrow("file_not_found");
  });

  test.each(["/missing.js", "/users/john.doe", "/.env", "/.git/config", "/%2egit/config"])(
    "leaves %s missing",
    (path) => {
      const normalised = path.replace("%2e", ".");
      expect(() => site().handle(normalised, { headers: HTML })).toThrow("file_not_found");
    },
  );

  test("takes the compressed page, and answers HEAD and conditions", async () => {
    const zipped = await site().get("/x", { headers: [...HTML, "accept-encoding", "gzip"] });
    expect(zipped.text).toBe("zipped");
    const plain = await site().get("/x", { method: "HEAD", headers: HTML });
    expect(plain).toMatchObject({ status: 200, text: "" });
    const headers = [...HTML, "if-none-match", plain.header("etag") ?? ""];
    expect(await site().get("/x", { headers })).toMatchObject({ status: 304 });
  });

  test("keeps other methods out and a missing page missing", () => {
    expect(() => site().handle("/x", { method: "POST" })).toThrow("method_not_allowed");
    const none = staticSite({}, { spaFallback: "gone.html" });
    expect(() => none.handle("/x", { headers: HTML })).toThrow("file_not_found");
  });
});

describe("precompressed variants", () => {
  const files = {
    "a.js": "plain",
    "a.js.gz": "gz",
    "a.js.br": "br",
    "a.js.zst": "zst",
    "p.png": "",
  };

  test.each([
    ["gzip, deflate, br, zstd", "br"],
    ["gzip", "gzip"],
    ["x-gzip", "gzip"],
    ["GZIP;q=1.0", "gzip"],
    ["br;q=0.5, gzip;q=0.8", "gzip"],
    ["zstd, gzip", "zstd"],
    ["*", "br"],
    ["*;q=0.5, br;q=0", "zstd"],
    ["identity;q=0.5, gzip;q=0.5", "gzip"],
    ["br;q=0, gzip;q=0", ""],
    ["identity, gzip;q=0.5", ""],
    ["deflate", ""],
    ["gzip;q=high", ""],
    ["gzip;q=2", ""],
    ["", ""],
  ])("for Accept-Encoding: %s sends '%s'", async (accepted, coding) => {
    const site = staticSite(files);
    const answer = await site.get("/a.js", { headers: ["accept-encoding", accepted] });
    expect(answer.header("content-encoding") ?? "").toBe(coding);
    expect(answer.text).toBe({ br: "br", zstd: "zst", gzip: "gz", "": "plain" }[coding] ?? "?");
    expect(answer.header("content-type")).toBe("text/javascript; charset=utf-8");
    expect(answer.header("vary")).toBe("accept-encoding");
    expect(site.files.openFiles).toBe(0);
  });

  test("names each representation by its own entity tag", async () => {
    const site = staticSite(files);
    const tags = new Set<string | undefined>();
    for (const accepted of ["identity", "gzip", "br", "zstd"]) {
      const { header } = await site.get("/a.js", { headers: ["accept-encoding", accepted] });
      tags.add(header("etag"));
    }
    expect(tags.size).toBe(4);
  });

  test("gives a range of the plain file, whatever is accepted", async () => {
    const headers = ["accept-encoding", "gzip", "range", "bytes=0-1"];
    const answer = await staticSite(files).get("/a.js", { headers });
    expect(answer).toMatchObject({ status: 206, text: "pl" });
    expect(answer.header("content-encoding")).toBeUndefined();
  });

  test("ignores the range of a HEAD, so that it tells what a GET would bring", async () => {
    const headers = ["accept-encoding", "gzip", "range", "bytes=0-1"];
    const answer = await staticSite(files).get("/a.js", { method: "HEAD", headers });
    expect(answer.status).toBe(200);
    expect(answer.header("content-encoding")).toBe("gzip");
    expect(answer.header("accept-ranges")).toBeUndefined();
  });

  test("keeps no file open when the system has no descriptor for the variant", () => {
    const site = staticSite(files);
    const { open } = site.files;
    site.files.open = (path) => {
      if (path === "a.js.br") throw new ProxError("internal_error", "internal");
      return open(path);
    };
    const ask = { headers: ["accept-encoding", "br"] };
    expect(() => site.handle("/a.js", ask)).toThrow("internal_error");
    expect(site.files.openFiles).toBe(0);
  });

  test("serves a compressed file by its own name as what it is", async () => {
    const answer = await staticSite(files).get("/a.js.gz", {
      headers: ["accept-encoding", "gzip"],
    });
    expect(answer.header("content-type")).toBe("application/gzip");
    expect(answer.header("content-encoding")).toBeUndefined();
  });

  test("serves no variant of a file that is not there", () => {
    const site = staticSite({ "b.js.gz": "gz" });
    const ask = { headers: ["accept-encoding", "gzip"] };
    expect(() => site.handle("/b.js", ask)).toThrow("file_not_found");
  });

  test.each([
    ["the route does not want them", "/a.js", { precompressed: false }],
    ["the type is compressed by itself", "/p.png", {}],
  ])("looks for none where %s", async (_case, path, plan) => {
    const site = staticSite(files, plan);
    const answer = await site.get(path, { headers: ["accept-encoding", "br, gzip"] });
    expect(answer.header("vary")).toBeUndefined();
    expect(site.files.opened).toEqual([path.slice(1)]);
  });
});
