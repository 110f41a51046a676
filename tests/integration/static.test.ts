import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Prox, shared } from "./scene.ts";

const folder = mkdtempSync(join(tmpdir(), "prox-static-"));
const root = join(folder, "www");
mkdirSync(join(root, "docs/.git"), { recursive: true });
const put = (name: string, text: string | Uint8Array) => writeFileSync(join(root, name), text);
put("hello.txt", "0123456789");
put("docs/index.html", "<p>docs");
put("docs/.git/config", "secret");
put("app.js", "plain");
put("app.js.gz", Bun.gzipSync(Buffer.from("plain")));
put("100%.txt", "percent");
put("large.bin", Buffer.alloc(300_000, "x"));
writeFileSync(join(folder, "outside.txt"), "outside");
symlinkSync(join(folder, "outside.txt"), join(root, "link.txt"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("static", () => {
  const rules = "response_headers: {add: {x-rule: '1'}}";
  const prox = shared(
    new Prox(
      "routes:\n" +
        `  /files: {type: static, root: ${root}, ${rules}}\n` +
        `  /spa: {type: static, root: ${root}, spa_fallback: docs/index.html, browse: true}\n`,
      { [root]: null, [join(root, "docs/index.html")]: "" },
    ),
  );
  const get = (target: string, lines = "") => prox.get(target, `Host: a\r\n${lines}`);

  test.each([
    ["/files/hello.txt", 200, "0123456789", "text/plain; charset=utf-8"],
    ["/files/docs/", 200, "<p>docs", "text/html; charset=utf-8"],
    ["/files/100%25.txt", 200, "percent", "text/plain; charset=utf-8"],
  ])("%s: %d", async (target, status, body, type) => {
    const response = await get(target);
    expect([response.status, response.header("content-type")]).toEqual([status, type]);
    expect(response.body).toBe(body);
  });

  test.each([
    ["/files/none.txt", 404, "file_not_found"],
    ["/files/link.txt", 404, "file_not_found"],
    ["/files/docs/.git/config", 404, "file_not_found"],
    ["/files/..%2foutside.txt", 400, "bad_path"],
    ["/files/../../outside.txt", 400, "bad_path"],
    ["/files/%2e%2e/%2e%2e/outside.txt", 400, "bad_path"],
    ["/files/docs%2findex.html", 404, "file_not_found"],
    ["/files/hello.txt%00", 400, "bad_path"],
  ])("nothing comes of %s: %d", async (target, status, reason) => {
    const before = prox.accessLog.lines.length;
    expect((await get(target)).status).toBe(status);
    expect(await prox.logged(before)).toMatchObject({ status, reason });
  });

  test("a folder without its slash is sent there", async () => {
    const response = await get("/files/docs?x=1");
    expect([response.status, response.header("location")]).toEqual([301, "/files/docs/?x=1"]);
  });

  test("HEAD has the length and no body", async () => {
    const client = await prox.sends("HEAD /files/hello.txt HTTP/1.1\r\nHost: a\r\n\r\n");
    const response = await client.response("HEAD");
    expect([response.status, response.header("content-length")]).toEqual([200, "10"]);
    await client.send("GET /files/hello.txt HTTP/1.1\r\nHost: a\r\n\r\n");
    expect((await client.response()).body).toBe("0123456789");
  });

  test("other methods get 405 with Allow", async () => {
    const response = await prox.answers("DELETE /files/hello.txt HTTP/1.1\r\nHost: a\r\n\r\n");
    expect([response.status, response.header("allow")]).toEqual([405, "GET, HEAD"]);
  });

  test("conditional requests", async () => {
    const { headers, header } = await get("/files/hello.txt");
    expect(headers).toContainEqual(["accept-ranges", "bytes"]);
    const tagged = await get("/files/hello.txt", `If-None-Match: ${header("etag")}\r\n`);
    expect([tagged.status, tagged.body]).toEqual([304, ""]);
    const dated = await get(
      "/files/hello.txt",
      `If-Modified-Since: ${header("last-modified")}\r\n`,
    );
    expect(dated.status).toBe(304);
    const failed = await get("/files/hello.txt", 'If-Match: "other"\r\n');
    expect(failed.status).toBe(412);
  });

  test.each([
    ["bytes=2-4", 206, "234", "bytes 2-4/10"],
    ["bytes=-3", 206, "789", "bytes 7-9/10"],
    ["bytes=7-", 206, "789", "bytes 7-9/10"],
    ["bytes=20-", 416, undefined, "bytes */10"],
    ["lines=1-2", 200, "0123456789", undefined],
  ])("Range: %s gets %d", async (range, status, body, contentRange) => {
    const response = await get("/files/hello.txt", `Range: ${range}\r\n`);
    expect([response.status, response.header("content-range")]).toEqual([status, contentRange]);
    if (body !== undefined) expect(response.body).toBe(body);
  });

  test("several ranges come in one body of the length that it says", async () => {
    const response = await get("/files/large.bin", "Range: bytes=0-1,200000-200002\r\n");
    expect(response.status).toBe(206);
    expect(response.header("content-type")).toStartWith("multipart/byteranges; boundary=");
    expect(response.body.toLowerCase()).toContain("content-range: bytes 0-1/300000\r\n\r\nxx\r\n");
    expect(response.body).toContain(" 200000-200002/300000\r\n\r\nxxx\r\n");
    expect(response.header("content-length")).toBe(String(response.body.length));
  });

  test("a precompressed variant goes to who takes it", async () => {
    const packed = await get("/files/app.js", "Accept-Encoding: gzip\r\n");
    expect(packed.header("content-encoding")).toBe("gzip");
    expect(packed.header("vary")?.toLowerCase()).toBe("accept-encoding");
    expect(Buffer.from(Bun.gunzipSync(Buffer.from(packed.body, "latin1"))).toString()).toBe(
      "plain",
    );
    const plain = await get("/files/app.js");
    expect([plain.header("content-encoding"), plain.body]).toEqual([undefined, "plain"]);
  });

  test("spa_fallback answers pages, never missing assets", async () => {
    const html = "Accept: text/html\r\n";
    const page = await get("/spa/some/page", html);
    expect([page.status, page.body]).toEqual([200, "<p>docs"]);
    expect((await get("/spa/some/app.css", html)).status).toBe(404);
    expect((await get("/spa/some/page", "Accept: application/json\r\n")).status).toBe(404);
  });

  test("a large file comes whole, with its length, and over a kept connection", async () => {
    const client = await prox.client();
    for (let i = 0; i < 2; i++) {
      await client.send("GET /files/large.bin HTTP/1.1\r\nHost: a\r\n\r\n");
      const response = await client.response();
      expect(response.header("content-length")).toBe("300000");
      expect(response.body).toBe("x".repeat(300_000));
    }
  });

  test("rules reach files, their failures too", async () => {
    expect((await get("/files/hello.txt")).header("x-rule")).toBe("1");
    expect((await get("/files/none.txt")).header("x-rule")).toBe("1");
  });
});
