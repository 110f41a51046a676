import { expect, test } from "bun:test";
import { staticSite } from "./static-site.ts";

const files = {
  "docs/b.txt": "x".repeat(1536),
  "docs/a <b>&\"'.txt": "x",
  "docs/javascript:alert(1)": "x",
  "docs/sub/deep.txt": "x",
  "docs/.hidden": "x",
  "docs/100% ü?#.txt": "x",
  ".well-known/x": "x",
};
const site = staticSite(files, { browse: true });

function links(html: string): string[] {
  return [...html.matchAll(/<a href="([^"]*)">/g)].map(([, href = ""]) => href);
}

test("lists a directory: directories first, names in order, hidden ones left out", async () => {
  const page = await site.get("/docs/");
  expect(page.status).toBe(200);
  expect(page.header("content-type")).toBe("text/html; charset=utf-8");
  expect(links(page.text)).toEqual([
    "../",
    "./sub/",
    "./100%25%20%C3%BC%3F%23.txt",
    "./a%20%3Cb%3E%26%22&#39;.txt",
    "./b.txt",
    "./javascript%3Aalert(1)",
  ]);
});

test("shows sizes and dates", async () => {
  const page = await site.get("/docs/");
  expect(page.text).toContain(
    '<tr><td><a href="./b.txt">b.txt</a></td><td>1.5 KiB</td><td>02 Jan 2024 03:04</td></tr>',
  );
});

test("leaves no name unescaped, and lets no script run", async () => {
  const page = await site.get("/docs/");
  expect(page.text).toContain("a &lt;b&gt;&amp;&quot;&#39;.txt");
  expect(page.text).not.toContain("<b>");
  expect(page.header("content-security-policy")).toStartWith("default-src 'none'");
  expect(page.header("x-content-type-options")).toBe("nosniff");
});

test("loads nothing from elsewhere", async () => {
  expect((await site.get("/docs/")).text).not.toMatch(/https?:|src=|@import|url\(/);
});

test("has no way up at the root, and shows the public dot directory", async () => {
  const page = await site.get("/");
  expect(links(page.text)).toEqual(["./.well-known/", "./docs/"]);
  expect(page.text).toContain("<h1>Index of /</h1>");
});

test("names the address that visitors see", async () => {
  const mounted = staticSite({ "a <b>/x": "" }, { browse: true }, "/pub");
  expect((await mounted.get("/pub/a%20%3Cb%3E/")).text).toContain(
    "<h1>Index of /pub/a &lt;b&gt;/</h1>",
  );
});

test("shows hidden names where they are allowed", async () => {
  const open = staticSite(files, { browse: true, dotfiles: true });
  expect(links((await open.get("/docs/")).text)).toContain("./.hidden");
});

test("sends a directory without a slash to its listing", async () => {
  expect((await site.get("/docs")).header("location")).toBe("/docs/");
});

test("cuts a very long directory and says so", async () => {
  const many = Object.fromEntries(Array.from({ length: 1005 }, (_, i) => [`f${i}`, ""]));
  const page = await staticSite(many, { browse: true }).get("/");
  expect(links(page.text)).toHaveLength(1000);
  expect(page.text).toContain("Only the first 1000 names are shown.");
});
