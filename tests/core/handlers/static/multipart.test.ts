import { expect, test } from "bun:test";
import { staticSite, type TestSite } from "./static-site.ts";

const TEXT = Array.from({ length: 30_000 }, (_, i) => String.fromCharCode(97 + (i % 26))).join("");
const files = { "a.bin": TEXT };

async function parts(site: TestSite, range: string): Promise<[string, string][]> {
  const answer = await site.get("/a.bin", { headers: ["range", range] });
  expect(answer.status).toBe(206);
  expect(answer.header("content-range")).toBeUndefined();
  const type = answer.header("content-type") ?? "";
  const boundary = /^multipart\/byteranges; boundary=([0-9a-f-]{36})$/.exec(type)?.[1];
  const pieces = answer.text.split(`\r\n--${boundary}`);
  expect(pieces.shift()).toBe("");
  expect(pieces.pop()).toBe("--\r\n");
  return pieces.map((piece): [string, string] => {
    const [head = "", ...body] = piece.split("\r\n\r\n");
    const place = /content-range: bytes (\S+)$/.exec(head)?.[1] ?? "";
    expect(head).toBe(
      `\r\ncontent-type: application/octet-stream\r\ncontent-range: bytes ${place}`,
    );
    return [place, body.join("\r\n\r\n")];
  });
}

test("sends several pieces in the order asked for", async () => {
  const site = staticSite(files);
  expect(await parts(site, "bytes=1000-1002, 0-3, -5")).toEqual([
    ["1000-1002/30000", TEXT.slice(1000, 1003)],
    ["0-3/30000", TEXT.slice(0, 4)],
    ["29995-29999/30000", TEXT.slice(-5)],
  ]);
  expect(site.files.openFiles).toBe(0);
});

test("joins what overlaps or nearly touches, at the place of the first", async () => {
  const range = "bytes=9000-9999,150-300,20000-20000,100-200,350-400,8950-8990";
  const places = (await parts(staticSite(files), range)).map(([place]) => place);
  expect(places).toEqual(["8950-9999/30000", "100-400/30000", "20000-20000/30000"]);
});

test("sends no byte twice, however often it is asked for", async () => {
  const range = `bytes=${Array.from({ length: 31 }, () => "0-").join(",")},-1`;
  const answer = await staticSite(files).get("/a.bin", { headers: ["range", range] });
  expect(answer.header("content-range")).toBe("bytes 0-29999/30000");
  expect(answer.text).toHaveLength(30_000);
});

test("knows its length, and closes the file when it is cancelled", () => {
  const site = staticSite(files);
  const { body } = site.handle("/a.bin", { headers: ["range", "bytes=0-9,5000-5009"] });
  if (body === null || body instanceof Uint8Array) throw new Error("expected a stream");
  const { length } = body;
  let seen = 0;
  for (let chunk = body.read(); chunk !== null; chunk = body.read()) {
    if (chunk instanceof Promise) throw new Error("expected bytes at once");
    seen += chunk.length;
  }
  expect(seen).toBe(length ?? -1);

  const second = site.handle("/a.bin", { headers: ["range", "bytes=0-9,5000-5009"] }).body;
  if (second === null || second instanceof Uint8Array) throw new Error("expected a stream");
  expect(second.read()).not.toBeNull();
  expect(site.files.openFiles).toBe(1);
  second.cancel();
  second.cancel();
  expect(second.read()).toBeNull();
  expect(site.files.openFiles).toBe(0);
});
