import { describe, expect, test } from "bun:test";
import { isHopByHop, stripHopByHop } from "../../../src/core/headers/hop-by-hop.ts";
import { buildResponseHeaders } from "../../../src/core/headers/response-fields.ts";

function strip(...headers: string[]): string[] {
  const out: string[] = [];
  stripHopByHop(headers, out);
  return out;
}

describe("isHopByHop", () => {
  test.each([
    "te",
    "upgrade",
    "connection",
    "keep-alive",
    "content-length",
    "http2-settings",
    "proxy-connection",
    "transfer-encoding",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-authentication-info",
  ])("knows %s", (name) => {
    expect(isHopByHop(name)).toBe(true);
  });

  test.each([
    "trailer",
    "cookie",
    "expect",
    "authorization",
    "content-type",
    "x-forwarded-for",
    "www-authenticate",
    "",
  ])("leaves %j alone", (name) => {
    expect(isHopByHop(name)).toBe(false);
  });
});

describe("stripHopByHop", () => {
  test("keeps order and repeats of all other fields", () => {
    expect(
      strip("a", "1", "connection", "close", "b", "2", "content-length", "7", "a", "3", "b", ""),
    ).toEqual(["a", "1", "b", "2", "a", "3", "b", ""]);
  });

  test("appends to what the list already holds, and leaves that alone", () => {
    const out = ["x-own", "1"];
    stripHopByHop(["connection", "x-own, x-hop", "x-own", "2", "x-hop", "3", "a", "4"], out);
    expect(out).toEqual(["x-own", "1", "a", "4"]);
  });

  test.each([["x-hop"], ["keep-alive, X-Hop"], [",, x-hop ,"], ["close,x-hop"]])(
    "drops fields that Connection: %s names, before and after it",
    (value) => {
      expect(strip("x-hop", "1", "connection", value, "a", "2", "x-hop", "3")).toEqual(["a", "2"]);
    },
  );

  test("heeds every Connection field", () => {
    expect(strip("connection", "one", "connection", "two", "one", "1", "two", "2")).toEqual([]);
  });

  test.each(["host", "content-type", "content-encoding", "content-range", "set-cookie", "date"])(
    "does not let Connection take %s away",
    (name) => {
      expect(strip("connection", `close, ${name}`, name, "1")).toEqual([name, "1"]);
    },
  );
});

describe("buildResponseHeaders", () => {
  test("keeps several Set-Cookie fields apart and the body's own fields as they came", () => {
    const headers = [
      ...["date", "Sun, 06 Nov 1994 08:49:37 GMT", "set-cookie", "a=1", "content-encoding", "gzip"],
      ...["transfer-encoding", "chunked", "set-cookie", "b=2", "etag", '"x"', "keep-alive", "5"],
      ...["trailer", "x-sum", "via", "1.1 inner"],
    ];
    expect(buildResponseHeaders(headers)).toEqual([
      ...["date", "Sun, 06 Nov 1994 08:49:37 GMT", "set-cookie", "a=1", "content-encoding", "gzip"],
      ...["set-cookie", "b=2", "etag", '"x"', "trailer", "x-sum", "via", "1.1 inner"],
      ...["via", "1.1 prox"],
    ]);
  });
});
