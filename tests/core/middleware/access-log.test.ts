import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { ExchangeContext } from "../../../src/core/context.ts";
import {
  type AccessLogFormat,
  formatCommon,
  formatJson,
} from "../../../src/core/middleware/access-log.ts";
import type { ExchangeOutcome } from "../../../src/ports/exchange.ts";
import { AsciiLine } from "../../../src/utils/ascii-line.ts";
import { fakeContext } from "../../support/fake-context.ts";

function formatted(
  format: AccessLogFormat,
  exchange: ExchangeContext,
  result: Parameters<AccessLogFormat>[2],
): string {
  const line = new AsciiLine();
  format(line, exchange, result);
  return Buffer.from(line.view()).toString("latin1");
}

const DONE: ExchangeOutcome = { status: 200, bytesIn: 0, bytesOut: 12 };

function json(
  given: Parameters<typeof fakeContext>[0] = {},
  request: Parameters<typeof fakeContext>[1] = {},
  outcome: ExchangeOutcome = DONE,
): Record<string, unknown> {
  const line = formatted(formatJson, fakeContext(given, request), { outcome, durationMs: 1.23456 });
  expect(line).toMatch(/^[ -~]+$/);
  // The test compares with what it expects.
  return JSON.parse(line) as Record<string, unknown>;
}

/** All that HTTP's grammar lets through, and what it does not: the log must not rely on it. */
const NASTY = [
  'a"b',
  '","status":200,"x":"',
  "a\\",
  "a\\u000a",
  "line\nfeed\r\n{}",
  "nul\0",
  "escape\x1b[2J",
  "delete\x7f",
  "c1\x9b2J",
  "latin\xe9",
  "\u2028\u{1f600}\ud800",
];

describe("formatJson", () => {
  test("leaves what is absent out", () => {
    expect(json()).toEqual({
      time: "2023-11-14T22:13:20.123Z",
      request_id: "0123456789abcdef0123456789abcdef",
      client_ip: "192.0.2.7",
      method: "GET",
      host: "example.com",
      path: "/",
      status: 200,
      bytes_in: 0,
      bytes_out: 12,
      duration_ms: 1.235,
      protocol: "HTTP/1.1",
      trace_id: "fedcba9876543210fedcba9876543210",
    });
  });

  test("has every field of the contract where there is a value", () => {
    const connection = {
      remoteAddress: "2001:db8::1",
      localPort: 443,
      tls: { version: "TLSv1.3", serverName: "a" },
    };
    const entry = json(
      {
        path: "/a/b",
        query: "?x=1&y",
        route: "/a",
        upstream: "http://10.0.0.1:80",
        failure: "upstream_truncated",
        retries: 1,
        connectMs: 0.5,
        firstByteMs: 2.0004,
      },
      {
        method: "POST",
        connection,
        protocol: "HTTP/1.0",
        headers: ["user-agent", "curl/8", "referer", "http://r/", "cookie", "secret"],
      },
      { status: 502, bytesIn: 3, bytesOut: 4, failure: "upstream_truncated" },
    );
    expect(Object.entries(entry)).toEqual([
      ["time", "2023-11-14T22:13:20.123Z"],
      ["request_id", "0123456789abcdef0123456789abcdef"],
      ["client_ip", "2001:db8::1"],
      ["method", "POST"],
      ["host", "example.com"],
      ["path", "/a/b"],
      ["query", "x=1&y"],
      ["route", "/a"],
      ["upstream", "http://10.0.0.1:80"],
      ["status", 502],
      ["reason", "upstream_truncated"],
      ["bytes_in", 3],
      ["bytes_out", 4],
      ["duration_ms", 1.235],
      ["upstream_connect_ms", 0.5],
      ["upstream_first_byte_ms", 2],
      ["protocol", "HTTP/1.0"],
      ["tls", "TLSv1.3"],
      ["retries", 1],
      ["trace_id", "fedcba9876543210fedcba9876543210"],
      ["user_agent", "curl/8"],
      ["referer", "http://r/"],
    ]);
  });

  test("says 0 ms of connecting where a pooled connection was used", () => {
    expect(json({ upstream: "http://a", connectMs: 0, firstByteMs: 3 })).toMatchObject({
      upstream_connect_ms: 0,
    });
  });

  test("says nothing of times that were never reached", () => {
    const entry = json({ upstream: "http://a", failure: "upstream_connect_refused" });
    expect(entry).not.toHaveProperty("upstream_connect_ms");
    expect(entry).not.toHaveProperty("upstream_first_byte_ms");
  });

  test.each(NASTY)("keeps %j in its place, wherever it comes in", (value) => {
    const plain = json();
    const request = {
      method: value,
      authority: value,
      headers: ["user-agent", value, "referer", value],
    };
    const entry = json({ path: value, query: `?${value}`, route: value, upstream: value }, request);
    for (const name of ["path", "query", "route", "upstream", "user_agent", "referer"]) {
      expect(entry[name]).toBe(value);
    }
    for (const name of ["method", "host"]) expect(entry[name]).toBe(value);
    expect(entry["status"]).toBe(200);
    const more = ["query", "route", "upstream", "user_agent", "referer"];
    expect(Object.keys(entry).sort()).toEqual([...Object.keys(plain), ...more].sort());
  });

  test("gives one line of ASCII back as it was, whatever a client sends", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1 }), (value) => {
        expect(json({ path: value }, { headers: ["referer", value] })).toMatchObject({
          path: value,
          referer: value,
        });
      }),
    );
  });
});

describe("formatCommon", () => {
  test("writes the Common Log Format", () => {
    const context = fakeContext({}, { target: "/a?b=1", method: "POST", protocol: "HTTP/1.0" });
    expect(formatted(formatCommon, context, { outcome: DONE, durationMs: 0 })).toBe(
      '192.0.2.7 - - [14/Nov/2023:22:13:20 +0000] "POST /a?b=1 HTTP/1.0" 200 12',
    );
  });

  test("writes a dash for a body without bytes, for a client without address, and for no request", () => {
    const connection = { remoteAddress: "", localPort: 0 };
    const nothing = fakeContext({}, { method: "", target: "", connection });
    const outcome = { status: 408, bytesIn: 0, bytesOut: 0 };
    expect(formatted(formatCommon, nothing, { outcome, durationMs: 0 })).toBe(
      '- - - [14/Nov/2023:22:13:20 +0000] "-" 408 -',
    );
  });

  test.each([
    ['a"b', "a\\x22b"],
    ["a\\b", "a\\x5cb"],
    ["a\r\n::1 - - [x]", "a\\x0d\\x0a::1 - - [x]"],
    ["\0\x1b\x7f\x9b\xe9", "\\x00\\x1b\\x7f\\x9b\\xe9"],
  ])("escapes %j", (target, written) => {
    expect(
      formatted(formatCommon, fakeContext({}, { target }), { outcome: DONE, durationMs: 0 }),
    ).toBe(`192.0.2.7 - - [14/Nov/2023:22:13:20 +0000] "GET ${written} HTTP/1.1" 200 12`);
  });

  test("is one line of ASCII with one pair of quotes, whatever a client sends", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (target) => {
        const line = formatted(formatCommon, fakeContext({}, { target }), {
          outcome: DONE,
          durationMs: 0,
        });
        expect(line).toMatch(/^[ -~]+$/);
        expect(line.split('"')).toHaveLength(3);
      }),
    );
  });
});
