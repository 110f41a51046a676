import { describe, expect, test } from "bun:test";
import { MODIFIED_AT } from "../../../support/memory-file-tree.ts";
import { staticSite } from "./static-site.ts";

const LAST_MODIFIED = "Tue, 02 Jan 2024 03:04:05 GMT";
const EARLIER = "Tue, 02 Jan 2024 03:04:04 GMT";
const LATER = "Tue, 02 Jan 2024 03:04:06 GMT";
const TEXT = "0123456789abcdefghijklmnopqrstuvwxyz";

const site = staticSite({ "a.txt": TEXT, "empty.txt": "" }, { cacheControl: "max-age=60" });
const { header } = await site.get("/a.txt");
const TAG = header("etag") ?? "";

describe("a whole file", () => {
  test("carries type, validators and cache control", () => {
    expect(TAG).toMatch(/^"[0-9a-z]+-[0-9a-z]+"$/);
    expect(header("last-modified")).toBe(LAST_MODIFIED);
    expect(header("content-type")).toBe("text/plain; charset=utf-8");
    expect(header("accept-ranges")).toBe("bytes");
    expect(header("cache-control")).toBe("max-age=60");
  });

  test("has a weak tag while it may still change unseen", async () => {
    const fresh = await site.get("/a.txt", { age: 400 });
    expect(fresh.header("etag")).toBe(`W/${TAG}`);
    const late = await site.get("/a.txt", { age: -5000 });
    expect(late.header("last-modified")).toBe("Tue, 02 Jan 2024 03:04:00 GMT");
  });

  test("has no validators where its time was erased", async () => {
    const erased = staticSite({ "a.txt": { text: TEXT, modifiedAt: 1000 } });
    const answer = await erased.get("/a.txt", { headers: ["if-none-match", '"x"'] });
    expect(answer.status).toBe(200);
    expect(answer.header("etag")).toBeUndefined();
    expect(answer.header("last-modified")).toBeUndefined();
  });

  test("tells states apart by time and by size", async () => {
    const states = [
      { text: "aaaa", modifiedAt: MODIFIED_AT },
      { text: "aaa", modifiedAt: MODIFIED_AT },
      { text: "aaaa", modifiedAt: MODIFIED_AT + 0.25 },
    ];
    const tags = states.map(async (entry) => {
      const answer = await staticSite({ "a.txt": entry }).get("/a.txt");
      return answer.header("etag");
    });
    expect(new Set(await Promise.all(tags)).size).toBe(3);
  });

  test("comes in one piece where small, else as a stream", () => {
    const large = staticSite({ "a.txt": "x".repeat(65_536), "b.txt": "x".repeat(65_537) });
    expect(large.handle("/a.txt").body).toHaveLength(65_536);
    const { body } = large.handle("/b.txt");
    expect(body).toMatchObject({ length: 65_537, consumed: false });
    expect(large.files.openFiles).toBe(1);
    if (body !== null && "cancel" in body) body.cancel();
    expect(large.files.openFiles).toBe(0);
    expect(site.handle("/empty.txt").body).toBeNull();
  });
});

describe("conditions", () => {
  const other = '"other"';
  test.each([
    // RFC 9110, 13.1.2: weak comparison
    [304, ["if-none-match", TAG]],
    [304, ["if-none-match", `W/${TAG}`]],
    [304, ["if-none-match", `${other}, ${TAG}`]],
    [304, ["if-none-match", `"a, b", W/"c" , ${TAG}`]],
    [304, ["if-none-match", other, "if-none-match", TAG]],
    [304, ["if-none-match", "*"]],
    [200, ["if-none-match", other]],
    [200, ["if-none-match", TAG.slice(1, -1)]],
    [200, ["if-none-match", ""]],
    // 13.1.3
    [304, ["if-modified-since", LAST_MODIFIED]],
    [304, ["if-modified-since", LATER]],
    [304, ["if-modified-since", "Tuesday, 02-Jan-24 03:04:05 GMT"]],
    [304, ["if-modified-since", "Tue Jan  2 03:04:05 2024"]],
    [200, ["if-modified-since", EARLIER]],
    [200, ["if-modified-since", "yesterday"]],
    // 13.1.1: strong comparison
    [200, ["if-match", TAG]],
    [200, ["if-match", `${other}, ${TAG}`]],
    [200, ["if-match", "*"]],
    [412, ["if-match", other]],
    [412, ["if-match", `W/${TAG}`]],
    // 13.1.4
    [200, ["if-unmodified-since", LAST_MODIFIED]],
    [200, ["if-unmodified-since", LATER]],
    [412, ["if-unmodified-since", EARLIER]],
    [200, ["if-unmodified-since", "yesterday"]],
    // 13.2.2: the order
    [200, ["if-match", TAG, "if-unmodified-since", EARLIER]],
    [412, ["if-match", other, "if-unmodified-since", LATER]],
    [200, ["if-none-match", other, "if-modified-since", LATER]],
    [304, ["if-none-match", TAG, "if-modified-since", EARLIER]],
    [412, ["if-match", other, "if-none-match", TAG]],
    [304, ["if-match", TAG, "if-none-match", TAG]],
    [304, ["if-none-match", TAG, "range", "bytes=0-1"]],
  ])("%i for %j", async (status, headers) => {
    for (const method of ["GET", "HEAD"]) {
      if (status === 412) {
        expect(() => site.handle("/a.txt", { method, headers })).toThrow("precondition_failed");
      } else {
        expect((await site.get("/a.txt", { method, headers })).status).toBe(status);
      }
    }
    expect(site.files.openFiles).toBe(0);
  });

  test("a 304 repeats what caches must know, and no more", () => {
    const { headers, body } = site.handle("/a.txt", { headers: ["if-none-match", TAG] });
    const names = headers.filter((_, i) => i % 2 === 0).sort();
    expect(names).toEqual(["cache-control", "etag", "last-modified", "vary"]);
    expect(body).toBeNull();
  });

  test("a weak tag satisfies If-None-Match alone", async () => {
    const age = 400;
    const ask = (name: string) => ({ age, headers: [name, `W/${TAG}, ${TAG}`] });
    expect((await site.get("/a.txt", ask("if-none-match"))).status).toBe(304);
    expect(() => site.handle("/a.txt", ask("if-match"))).toThrow("precondition_failed");
  });

  test("a missing file stays 404 under any condition", () => {
    const headers = ["if-match", "*"];
    expect(() => site.handle("/gone.txt", { headers })).toThrow("file_not_found");
  });
});

describe("ranges", () => {
  test.each([
    ["bytes=0-3", "0123", "0-3"],
    ["bytes=4-4", "4", "4-4"],
    ["bytes=30-", "uvwxyz", "30-35"],
    ["bytes=-2", "yz", "34-35"],
    ["bytes=-99", TEXT, "0-35"],
    ["bytes=33-99999999999999999999999", "xyz", "33-35"],
    ["BYTES=0-0", "0", "0-0"],
    ["bytes= 0-0 ", "0", "0-0"],
    ["bytes=,0-0,,", "0", "0-0"],
    ["bytes=0-0,99-", "0", "0-0"],
    ["bytes=0-5,3-9", "0123456789", "0-9"],
    ["bytes=10-12,0-1", "0123456789abc", "0-12"],
  ])("answers %s with one piece", async (range, text, positions) => {
    const answer = await site.get("/a.txt", { headers: ["range", range] });
    expect(answer).toMatchObject({ status: 206, text });
    expect(answer.header("content-range")).toBe(`bytes ${positions}/36`);
    expect(answer.header("content-type")).toBe("text/plain; charset=utf-8");
    expect(answer.header("etag")).toBe(TAG);
  });

  test.each(["bytes=36-", "bytes=99-100", "bytes=-0", "bytes=99-,50-60"])(
    "answers %s with 416 and the size",
    async (range) => {
      const answer = await site.get("/a.txt", { headers: ["range", range] });
      expect(answer.status).toBe(416);
      expect(answer.header("content-range")).toBe("bytes */36");
      expect(site.files.openFiles).toBe(0);
    },
  );

  test.each([
    "bytes=",
    "bytes=,",
    "bytes=-",
    "bytes=5-4",
    "bytes=a-b",
    "bytes=1-2-3",
    "bytes=+1-2",
    "bytes=0-1;2-3",
    "bytes=0-1,x",
    "bytes 0-1",
    "lines=0-1",
    "0-1",
    `bytes=${Array.from({ length: 33 }, () => "0-0").join(",")}`,
  ])("ignores %s", async (range) => {
    const answer = await site.get("/a.txt", { headers: ["range", range] });
    expect(answer).toMatchObject({ status: 200, text: TEXT });
  });

  test("ignores a range of an empty file, and of a HEAD", async () => {
    const headers = ["range", "bytes=0-1"];
    expect((await site.get("/empty.txt", { headers })).status).toBe(200);
    const head = await site.get("/a.txt", { method: "HEAD", headers });
    expect(head.status).toBe(200);
    expect(head.header("content-length")).toBe("36");
  });

  test.each([
    [206, TAG],
    [206, LAST_MODIFIED],
    [200, `W/${TAG}`],
    [200, '"other"'],
    [200, EARLIER],
    [200, LATER],
    [200, "yesterday"],
  ])("%i with If-Range: %s", async (status, condition) => {
    const headers = ["range", "bytes=0-3", "if-range", condition];
    expect((await site.get("/a.txt", { headers })).status).toBe(status);
  });

  test.each([TAG, `W/${TAG}`, LAST_MODIFIED])(
    "a file that changed just now is not continued by If-Range: %s",
    async (condition) => {
      const headers = ["range", "bytes=0-3", "if-range", condition];
      expect((await site.get("/a.txt", { age: 400, headers })).status).toBe(200);
    },
  );
});
