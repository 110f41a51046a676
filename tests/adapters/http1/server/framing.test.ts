import { describe, expect, test } from "bun:test";
import { CHUNKED, UNTIL_CLOSE } from "../../../../src/adapters/http1/codec/message.ts";
import {
  bodyFraming,
  finalHead,
  interimHead,
  NO_BODY,
} from "../../../../src/adapters/http1/server/framing.ts";
import type { ExchangeResponse } from "../../../../src/ports/exchange.ts";
import { FakeBody } from "../../../support/fake-handler.ts";

const bytes = new Uint8Array(3);
const known = new FakeBody([], 7);
const unknown = new FakeBody([]);

function head(response: Partial<ExchangeResponse>, framing: number): string[] {
  return finalHead(
    { status: 200, headers: [], body: null, ...response },
    { framing, keepAlive: true, minorVersion: 1, dateLine: "" },
  )
    .split("\r\n")
    .slice(1, -2);
}

describe("bodyFraming", () => {
  test.each([
    ["a body at hand", "GET", 200, bytes, 1, 3],
    ["no body", "GET", 200, null, 1, 0],
    ["a stream of known length", "GET", 200, known, 1, 7],
    ["a stream of unknown length", "GET", 200, unknown, 1, CHUNKED],
    ["the same for HTTP/1.0", "GET", 200, unknown, 0, UNTIL_CLOSE],
    ["HEAD", "HEAD", 200, bytes, 1, NO_BODY],
    ["204", "GET", 204, null, 1, NO_BODY],
    ["304", "GET", 304, unknown, 1, NO_BODY],
  ])("frames %s", (_, method, status, body, minorVersion, framing) => {
    expect(bodyFraming({ status, headers: [], body }, method, minorVersion)).toBe(framing);
  });
});

describe("finalHead", () => {
  test.each<[string, Partial<ExchangeResponse>, number, string[]]>([
    ["states a length", { body: bytes }, 3, ["content-length: 3"]],
    ["says chunked", { body: unknown }, CHUNKED, ["transfer-encoding: chunked"]],
    ["says nothing where the end of the connection is the end", {}, UNTIL_CLOSE, []],
    ["states what HEAD would bring", { body: known }, NO_BODY, ["content-length: 7"]],
    [
      "trusts the handler's length for HEAD",
      { headers: ["content-length", "12"] },
      NO_BODY,
      ["content-length: 12"],
    ],
    ["sends no length for HEAD that is none", { headers: ["content-length", "1, 2"] }, NO_BODY, []],
    [
      "sends no length for HEAD that is given twice",
      { headers: ["content-length", "1", "content-length", "1"] },
      NO_BODY,
      [],
    ],
    ["sends no length with 204", { status: 204, headers: ["content-length", "0"] }, NO_BODY, []],
    ["does not make up a length for 304", { status: 304, body: known }, NO_BODY, []],
    [
      "keeps the handler's fields but for framing",
      { headers: ["a", "1", "connection", "x", "transfer-encoding", "gzip", "b", "2"] },
      0,
      ["a: 1", "b: 2", "content-length: 0"],
    ],
  ])("%s", (_, response, framing, lines) => {
    expect(head(response, framing)).toEqual(lines);
  });

  test.each([
    [true, 1, undefined],
    [false, 1, "connection: close"],
    [true, 0, "connection: keep-alive"],
    [false, 0, "connection: close"],
  ])("with keepAlive %p in HTTP/1.%d says %p", (keepAlive, minorVersion, line) => {
    const text = finalHead(
      { status: 200, headers: [], body: null },
      { framing: 0, keepAlive, minorVersion, dateLine: "" },
    );
    expect(/connection: .*(?=\r\n)/.exec(text)?.[0]).toBe(line);
  });
});

test("interimHead carries fields, never framing", () => {
  const text = interimHead(103, ["content-length", "3", "link", "<a>"]);
  expect(text).toStartWith("HTTP/1.1 103 ");
  expect(text).toEndWith("\r\nlink: <a>\r\n\r\n");
  expect(text).not.toContain("content-length");
});
