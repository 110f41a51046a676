import { describe, expect, test } from "bun:test";
import { CHUNKED, NEED_MORE, REFUSED } from "../../../../src/adapters/http1/codec/message.ts";
import { RequestHeadParser } from "../../../../src/adapters/http1/codec/request-head.ts";
import { BAD_REQUEST_HEADS } from "../../../support/smuggling-corpus.ts";
import { LIMITS, parseRequest } from "./codec-support.ts";

describe("RequestHeadParser", () => {
  test("reads a usual request", () => {
    const raw =
      "GET /a?b=c HTTP/1.1\r\nHost: Example.COM:8080\r\nAccept:  */* \t\r\nX-Empty:\r\nCookie: a=b\r\n\r\n";
    expect(parseRequest(raw)).toEqual({
      end: raw.length,
      head: {
        method: "GET",
        target: "/a?b=c",
        pathAndQuery: "/a?b=c",
        authority: "example.com:8080",
        minorVersion: 1,
        headers: [
          ...["host", "Example.COM:8080", "accept", "*/*", "x-empty", ""],
          ...["cookie", "a=b"],
        ],
        bodyLength: 0,
        keepAlive: true,
        expectContinue: false,
      },
    });
  });

  test.each([...BAD_REQUEST_HEADS])("refuses $name", ({ raw, reason }) => {
    expect(parseRequest(raw).fault?.reason).toBe(reason);
  });

  test.each([
    ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", 0],
    ["POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", 0],
    ["POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", 5],
    ["PUT / HTTP/1.1\r\nHost: a\r\nCONTENT-LENGTH: 9007199254740991\r\n\r\n", 2 ** 53 - 1],
    ["POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", CHUNKED],
    ["POST / HTTP/1.1\r\nHost: a\r\ntransfer-encoding:\t Chunked \r\n\r\n", CHUNKED],
    ["POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\n", 5],
  ])("reads the body length of %j", (raw, bodyLength) => {
    expect(parseRequest(raw).head?.bodyLength).toBe(bodyLength);
  });

  test.each([
    ["1.1", "", true],
    ["1.1", "Connection: close\r\n", false],
    ["1.1", "Connection: keep-alive\r\n", true],
    ["1.1", "Connection: keep-alive, CLOSE\r\n", false],
    ["1.1", "Connection: upgrade\r\nConnection: close\r\n", false],
    ["1.1", "Connection: x,, y ,\r\n", true],
    ["1.1", "Connection: close;q=1\r\n", false],
    ["1.0", "", false],
    ["1.0", "Connection: Keep-Alive\r\n", true],
    ["1.0", "Connection: x, keep-alive\r\n", true],
    ["1.0", "Connection: keep-alive\r\nConnection: close\r\n", false],
    ["1.0", "Keep-Alive: timeout=5\r\n", false],
  ])("in HTTP/%s with %j keeps the connection: %p", (version, lines, keepAlive) => {
    const raw = `GET / HTTP/${version}\r\nHost: a\r\n${lines}\r\n`;
    expect(parseRequest(raw).head?.keepAlive).toBe(keepAlive);
  });

  test.each([
    ["/", "/"],
    ["//a/../b", "//a/../b"],
    ["/a?b?c=d/e", "/a?b?c=d/e"],
    ["/%zz%", "/%zz%"],
    ["/@scope%2fname;v=1,2(3)'*!$&+=:~", "/@scope%2fname;v=1,2(3)'*!$&+=:~"],
    ["/a[0]|b^c{d}`", "/a[0]|b^c{d}`"],
    ["/?a[0]=|b^c{d}`\\", "/?a[0]=|b^c{d}`\\"],
    ["http://a", "/"],
    ["http://a?b", "/?b"],
    ["http://A/b?c", "/b?c"],
    ["HTTP://a:80/b", "/b"],
    ["https://a:443/b", "/b"],
  ])("takes the target %j", (target, pathAndQuery) => {
    const { head } = parseRequest(`GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`);
    expect(head).toMatchObject({ target, pathAndQuery, authority: "a" });
  });

  test.each(["*", "http://a"])("takes OPTIONS %s as a question about the server", (target) => {
    const { head } = parseRequest(`OPTIONS ${target} HTTP/1.1\r\nHost: a\r\n\r\n`);
    expect(head?.pathAndQuery).toBe("*");
  });

  test.each([
    ["a.", "a."],
    ["A-b_c~d.example:65535", "a-b_c~d.example:65535"],
    ["127.0.0.1:80", "127.0.0.1:80"],
    ["[::1]", "[::1]"],
    ["[2001:DB8::1]:8080", "[2001:db8::1]:8080"],
  ])("takes the Host %s", (host, authority) => {
    const { head } = parseRequest(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    expect(head?.authority).toBe(authority);
  });

  test("HTTP/1.0 needs no Host and takes the authority of an absolute form", () => {
    expect(parseRequest("GET / HTTP/1.0\r\n\r\n").head?.authority).toBe("");
    expect(parseRequest("GET http://B:81/ HTTP/1.0\r\n\r\n").head?.authority).toBe("b:81");
  });

  test.each([
    ["1.1", "Expect: 100-continue\r\nContent-Length: 5\r\n", true],
    ["1.1", "Expect: 100-Continue\r\nTransfer-Encoding: chunked\r\n", true],
    ["1.1", "Expect: 100-continue\r\n", false],
    ["1.1", "Expect: 100-continue\r\nContent-Length: 0\r\n", false],
    ["1.0", "Expect: 100-continue\r\nContent-Length: 5\r\n", false],
  ])("in HTTP/%s with %j has a client that waits for 100: %p", (version, lines, expected) => {
    const raw = `POST / HTTP/${version}\r\nHost: a\r\n${lines}\r\n`;
    expect(parseRequest(raw).head?.expectContinue).toBe(expected);
  });

  test("skips a few empty lines before a request", () => {
    const raw = `${"\r\n".repeat(4)}GET / HTTP/1.1\r\nHost: a\r\n\r\n`;
    expect(parseRequest(raw)).toMatchObject({ end: raw.length, head: { method: "GET" } });
  });

  test("keeps repeated fields apart and in order, whatever their case", () => {
    const raw = "GET / HTTP/1.1\r\nhost: a\r\nX-A: 1\r\nx-b: 2\r\nx-A: 3\r\nX-a: \xe9\t4\r\n\r\n";
    expect(parseRequest(raw).head?.headers.slice(2)).toEqual([
      ...["x-a", "1", "x-b", "2", "x-a", "3"],
      ...["x-a", "\xe9\t4"],
    ]);
  });

  test("takes up to 32 bytes of any token as the method, as it came", () => {
    const method = `get!#$%&'*+-.^_\`|~${"A".repeat(14)}`;
    expect(parseRequest(`${method} / HTTP/1.1\r\nHost: a\r\n\r\n`).head?.method).toBe(method);
  });
});

describe("RequestHeadParser limits", () => {
  const parser = () =>
    new RequestHeadParser({ maxUriBytes: 10, maxHeaderBytes: 30, maxHeaderCount: 3 });
  const reasonOf = (raw: string) => {
    const subject = parser();
    const end = subject.parse(Buffer.from(raw, "latin1"), 0);
    return end === REFUSED ? subject.fault.reason : end === NEED_MORE ? "more" : "accepted";
  };
  const LINE = "GET / HTTP/1.1\r\n";

  test.each([
    ["a target at the limit", `GET /${"a".repeat(9)} HTTP/1.1\r\nHost: a\r\n\r\n`, "accepted"],
    ["a target over it", `GET /${"a".repeat(10)} HTTP/1.1\r\nHost: a\r\n\r\n`, "uri_too_long"],
    ["a query over it", `GET /?${"a".repeat(9)} HTTP/1.1\r\nHost: a\r\n\r\n`, "uri_too_long"],
    ["an unfinished target at the limit", `GET /${"a".repeat(9)}`, "more"],
    ["an unfinished target over it", `GET /${"a".repeat(10)}`, "uri_too_long"],
    ["fields at the limit", `${LINE}Host: a\r\nX: ${"a".repeat(16)}\r\n\r\n`, "accepted"],
    ["fields over it", `${LINE}Host: a\r\nX: ${"a".repeat(17)}\r\n\r\n`, "headers_too_large"],
    ["an unfinished field over it", `${LINE}Host: a\r\nX: ${"a".repeat(40)}`, "headers_too_large"],
    ["a fault beyond it", `${LINE}Host: a\r\nX: ${"a".repeat(30)}\0`, "headers_too_large"],
    ["as many fields as allowed", `${LINE}Host: a\r\nX:\r\nX:\r\n\r\n`, "accepted"],
    ["one field more", `${LINE}Host: a\r\nX:\r\nX:\r\nX:\r\n\r\n`, "headers_too_large"],
    ["an unfinished method too long", "A".repeat(33), "malformed_request"],
  ])("%s", (_name, raw, expected) => {
    expect(reasonOf(raw)).toBe(expected);
  });

  test("holds more fields than it has room for at first", () => {
    const many = new RequestHeadParser({ ...LIMITS, maxHeaderCount: 100 });
    const lines = Array.from({ length: 99 }, (_, i) => `X-${i}: ${i}\r\n`).join("");
    const raw = Buffer.from(`${LINE}Host: a\r\n${lines}\r\n`);
    expect(many.parse(raw, 0)).toBe(raw.length);
    expect(many.head.headers.slice(-2)).toEqual(["x-98", "98"]);
  });
});

describe("RequestHeadParser as it is used", () => {
  test("reads pipelined heads one after the other", () => {
    const parser = new RequestHeadParser(LIMITS);
    const first = "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\n";
    const second = "GET /2 HTTP/1.1\r\nHost: b\r\n\r\n";
    const bytes = Buffer.from(`${first}{}${second}`);
    expect(parser.parse(bytes, 0)).toBe(first.length);
    expect(parser.head).toMatchObject({ target: "/1", bodyLength: 2, keepAlive: false });
    expect(parser.parse(bytes, first.length + 2)).toBe(bytes.length);
    expect(parser.head).toMatchObject({ target: "/2", bodyLength: 0, keepAlive: true });
  });

  test("goes on in another buffer, at another place", () => {
    const parser = new RequestHeadParser(LIMITS);
    const raw = "GET /abc?d HTTP/1.1\r\nHost: abc\r\n\r\n";
    expect(parser.parse(Buffer.from(`junk${raw.slice(0, 25)}`), 4)).toBe(NEED_MORE);
    expect(parser.parse(Buffer.from(`${raw}more`), 0)).toBe(raw.length);
    expect(parser.head).toMatchObject({ target: "/abc?d", authority: "abc" });
  });

  test("stands before a new head after reset and after a refusal", () => {
    const parser = new RequestHeadParser(LIMITS);
    const good = Buffer.from("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(parser.parse(Buffer.from("GET /xyz HTTP/1.1\r\nHo"), 0)).toBe(NEED_MORE);
    parser.reset();
    expect(parser.parse(good, 0)).toBe(good.length);
    expect(parser.parse(Buffer.from("GET / HTTP/1.1\r\nX"), 0)).toBe(NEED_MORE);
    expect(parser.parse(Buffer.from("GET / HTTP/1.1\r\nX\0"), 0)).toBe(REFUSED);
    expect(parser.parse(good, 0)).toBe(good.length);
  });

  test("tells what could be read of a refused request", () => {
    const parser = new RequestHeadParser(LIMITS);
    parser.parse(Buffer.from("PUT /a?b HTTP/1.1\r\nHost: a\r\nAccept: x\r\nB ad: c\r\n\r\n"), 0);
    expect([parser.method, parser.target]).toEqual(["PUT", "/a?b"]);
    expect(parser.headers).toEqual(["host", "a", "accept", "x"]);
    parser.parse(Buffer.from("PUT /a\0"), 0);
    expect([parser.method, parser.target, parser.headers.length]).toEqual(["PUT", "", 0]);
    parser.parse(Buffer.from("P\0"), 0);
    expect([parser.method, parser.target]).toEqual(["", ""]);
  });

  test("names seen before come back the same after many others", () => {
    for (let i = 0; i < 6000; i++) {
      const raw = `GET / HTTP/1.1\r\nHOST: a\r\nX-Name-${i}: v\r\nConnection: close\r\n\r\n`;
      const { head } = parseRequest(raw);
      expect(head?.headers).toEqual(["host", "a", `x-name-${i}`, "v", "connection", "close"]);
      expect(head?.keepAlive).toBe(false);
    }
  });
});
