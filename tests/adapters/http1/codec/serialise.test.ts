import { describe, expect, test } from "bun:test";
import {
  reasonPhrase,
  requestHead,
  responseHead,
} from "../../../../src/adapters/http1/codec/serialise.ts";

describe("serialise", () => {
  test("builds a request head, names and values as they are", () => {
    expect(requestHead("GET", "/a?b", ["host", "a", "X-B", "\xe9"], "content-length: 5\r\n")).toBe(
      "GET /a?b HTTP/1.1\r\nhost: a\r\nX-B: \xe9\r\ncontent-length: 5\r\n\r\n",
    );
    expect(requestHead("GET", "/", [], "")).toBe("GET / HTTP/1.1\r\n\r\n");
  });

  test("builds a response head", () => {
    expect(responseHead(404, ["a", "b"], "connection: close\r\n")).toBe(
      "HTTP/1.1 404 Not Found\r\na: b\r\nconnection: close\r\n\r\n",
    );
  });

  test("an unregistered status keeps the space before its empty reason (RFC 9112, 4)", () => {
    expect(responseHead(299, [], "")).toBe("HTTP/1.1 299 \r\n\r\n");
    expect(reasonPhrase(299)).toBe("");
  });

  test.each([
    [200, "OK"],
    [413, "Content Too Large"],
    [505, "HTTP Version Not Supported"],
  ])("names %d", (status, reason) => {
    expect(reasonPhrase(status)).toBe(reason);
  });
});
