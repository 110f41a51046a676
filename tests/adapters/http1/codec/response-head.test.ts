import { describe, expect, test } from "bun:test";
import { CHUNKED, NEED_MORE, UNTIL_CLOSE } from "../../../../src/adapters/http1/codec/message.ts";
import { ResponseHeadParser } from "../../../../src/adapters/http1/codec/response-head.ts";
import { BAD_RESPONSE_HEADS } from "../../../support/smuggling-corpus.ts";
import { LIMITS, parseResponse } from "./codec-support.ts";

const CL = "Content-Length: 5\r\n";
const TE = "Transfer-Encoding: chunked\r\n";

describe("ResponseHeadParser", () => {
  test("reads a usual answer", () => {
    const raw =
      "HTTP/1.1 404 Not Found\r\nServer: x\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nContent-Length: 3\r\n\r\n";
    expect(parseResponse(`${raw}abc`)).toEqual({
      end: raw.length,
      head: {
        status: 404,
        minorVersion: 1,
        headers: [
          ...["server", "x", "set-cookie", "a"],
          ...["set-cookie", "b", "content-length", "3"],
        ],
        bodyLength: 3,
        keepAlive: true,
      },
    });
  });

  test.each([...BAD_RESPONSE_HEADS])("refuses $name", ({ raw, reason }) => {
    expect(parseResponse(raw).fault?.reason).toBe(reason);
  });

  test.each([
    ["HTTP/1.1 200", 200],
    ["HTTP/1.1 200 ", 200],
    ["HTTP/1.1 599 Any thing\t\xe9", 599],
    ["HTTP/1.0 100 x", 100],
  ])("takes the status line %j", (line, status) => {
    expect(parseResponse(`${line}\r\n\r\n`).head?.status).toBe(status);
  });

  test.each([
    ["GET", "200", CL, 5, true],
    ["GET", "200", TE, CHUNKED, true],
    ["GET", "200", "", UNTIL_CLOSE, false],
    ["GET", "200", "Content-Length: 0\r\n", 0, true],
    ["HEAD", "200", "", 0, true],
    ["HEAD", "200", CL, 0, true],
    ["HEAD", "200", TE, 0, true],
    ["GET", "304", CL, 0, true],
    ["GET", "304", TE, 0, true],
    ["GET", "204", "", 0, true],
    ["GET", "204", "Content-Length: 0\r\n", 0, true],
    // No body (RFC 9112, 6.3), but the sender may think otherwise: never used again.
    ["GET", "204", CL, 0, false],
    ["GET", "204", TE, 0, false],
    ["GET", "205", CL, 5, true],
    ["GET", "103", "", 0, true],
    ["GET", "100", "Content-Length: 0\r\n", 0, true],
    ["GET", "101", "Upgrade: x\r\nConnection: upgrade\r\n", 0, true],
    ["GET", "200", `${CL}Connection: close\r\n`, 5, false],
  ])(
    "answer to %s with status %s and %j has length %d",
    (method, status, lines, length, keepAlive) => {
      const { head } = parseResponse(`HTTP/1.1 ${status} x\r\n${lines}\r\n`, method);
      expect(head).toMatchObject({ bodyLength: length, keepAlive });
    },
  );

  test.each([
    ["", false],
    ["Connection: keep-alive\r\n", true],
    ["Connection: keep-alive, close\r\n", false],
  ])("HTTP/1.0 with %j keeps the connection: %p", (lines, keepAlive) => {
    const { head } = parseResponse(`HTTP/1.0 200 OK\r\n${CL}${lines}\r\n`);
    expect(head).toMatchObject({ minorVersion: 0, bodyLength: 5, keepAlive });
  });

  test("knows nothing of the fields that only requests have", () => {
    const raw = "HTTP/1.1 200 OK\r\nHost: a b\r\nHost: c\r\nExpect: x\r\n\r\n";
    expect(parseResponse(raw).head?.headers.length).toBe(6);
  });

  test("reads interim answers, then the final one, from one buffer", () => {
    const parser = new ResponseHeadParser(LIMITS);
    const interim = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
    const bytes = Buffer.from(`${interim}HTTP/1.1 200 OK\r\n${TE}\r\n`);
    expect(parser.parse(bytes, 0, "GET")).toBe(interim.length);
    expect(parser.head).toMatchObject({ status: 103, headers: ["link", "x"] });
    expect(parser.parse(bytes, interim.length, "GET")).toBe(bytes.length);
    expect(parser.head).toMatchObject({ status: 200, bodyLength: CHUNKED });
  });

  test("forgets an unfinished head at reset", () => {
    const parser = new ResponseHeadParser(LIMITS);
    const good = Buffer.from(`HTTP/1.0 404 Not Found\r\n${CL}\r\n`);
    for (const unfinished of ["HTTP/1.1 20", "HTTP/1.1 200 O", "HTTP/1.1 200 OK\r\nX: y"]) {
      expect(parser.parse(Buffer.from(unfinished), 0, "GET")).toBe(NEED_MORE);
      parser.reset();
      expect(parser.parse(good, 0, "GET")).toBe(good.length);
      expect(parser.head).toMatchObject({ status: 404, minorVersion: 0, bodyLength: 5 });
    }
  });

  test.each([
    ["fields over the limit", `X: ${"a".repeat(16384)}\r\n\r\n`],
    ["an unfinished field over the limit", `X: ${"a".repeat(16384)}`],
    ["too many fields", `${"X: a\r\n".repeat(101)}\r\n`],
  ])("refuses %s", (_name, lines) => {
    const { fault } = parseResponse(`HTTP/1.1 200 OK\r\n${lines}`);
    expect(fault?.reason).toBe("upstream_malformed_response");
  });
});
