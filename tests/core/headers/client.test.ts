import { describe, expect, test } from "bun:test";
import { resolveClient } from "../../../src/core/headers/client.ts";
import type { ExchangeRequest } from "../../../src/ports/exchange.ts";
import { createCidrSet } from "../../../src/utils/ip.ts";
import { fakeRequest } from "../../support/fake-context.ts";

const TRUSTED = createCidrSet(["10.0.0.0/8", "fd00::/8"]);
const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
const TRACEPARENT = `00-${TRACE_ID}-b7ad6b7169203331-01`;

function resolve(peer: string, headers: string[], given: Partial<ExchangeRequest> = {}) {
  const connection = { remoteAddress: peer, localPort: 80 };
  return resolveClient(fakeRequest({ connection, headers, ...given }), TRUSTED);
}

describe("resolveClient", () => {
  test("believes nothing that a peer says who is not trusted", () => {
    const facts = resolve("192.0.2.7", [
      ...["x-forwarded-for", "203.0.113.9", "x-forwarded-proto", "https"],
      ...["x-forwarded-host", "evil.example", "x-request-id", "mine", "x-real-ip", "203.0.113.9"],
      ...["forwarded", "for=203.0.113.9;proto=https;host=evil.example"],
    ]);
    expect(facts).toMatchObject({
      clientIp: "192.0.2.7",
      peerTrusted: false,
      scheme: "http",
      host: "example.com",
    });
    expect(facts.requestId).toMatch(/^[0-9a-f]{32}$/);
    expect(facts.traceId).toBe(facts.requestId);
  });

  test.each([
    // X-Forwarded-For, client
    ["203.0.113.9", "203.0.113.9"],
    ["6.6.6.6, 203.0.113.9", "203.0.113.9"],
    ["6.6.6.6, 203.0.113.9, 10.0.0.2", "203.0.113.9"],
    ["203.0.113.9,10.0.0.3 ,\t10.0.0.2", "203.0.113.9"],
    ["10.0.0.3, 10.0.0.2", "10.0.0.3"],
    ["203.0.113.9:4711", "203.0.113.9"],
    ["2001:DB8::9", "2001:db8::9"],
    ["[2001:db8::9]", "2001:db8::9"],
    ["[2001:db8::9]:4711, fd00::1", "2001:db8::9"],
    ["::ffff:203.0.113.9", "203.0.113.9"],
    ["", "10.0.0.1"],
    ["unknown", "10.0.0.1"],
    ["203.0.113.9, unknown, 10.0.0.2", "10.0.0.2"],
    ["203.0.113.9,, 10.0.0.2", "10.0.0.2"],
    ["203.0.113.9,", "10.0.0.1"],
    ["203.0.113.9, <script>, 10.0.0.2", "10.0.0.2"],
    ["999.1.1.1", "10.0.0.1"],
    ["[2001:db8::9", "10.0.0.1"],
    ["2001:db8::9]:80", "10.0.0.1"],
    ["203.0.113.9:4711:1", "10.0.0.1"],
  ])("walks X-Forwarded-For %j of a trusted peer from the right to %s", (value, clientIp) => {
    expect(resolve("10.0.0.1", ["x-forwarded-for", value]).clientIp).toBe(clientIp);
  });

  test("reads several X-Forwarded-For fields as one list", () => {
    const headers = ["x-forwarded-for", "6.6.6.6, 203.0.113.9", "x-forwarded-for", "10.0.0.2"];
    expect(resolve("10.0.0.1", headers).clientIp).toBe("203.0.113.9");
  });

  test.each([
    ["https", "https"],
    ["HTTPS", "https"],
    ["wss", "https"],
    ["http", "http"],
    ["https, http", "http"],
    ["gopher", "http"],
    ["", "http"],
  ] as const)("takes X-Forwarded-Proto %j of a trusted peer as %s", (value, scheme) => {
    expect(resolve("10.0.0.1", ["x-forwarded-proto", value]).scheme).toBe(scheme);
  });

  test.each([
    ["www.Example.org:8443", "www.example.org:8443"],
    ["a.example, b.example", "b.example"],
    ["[2001:db8::1]:80", "[2001:db8::1]:80"],
    ["evil.example/x", "example.com"],
    ["a b", "example.com"],
    ["user@evil.example", "example.com"],
    ["", "example.com"],
  ])("takes X-Forwarded-Host %j of a trusted peer as %s", (value, host) => {
    expect(resolve("10.0.0.1", ["x-forwarded-host", value]).host).toBe(host);
  });

  test.each([
    ["for=203.0.113.9;proto=https;host=www.example", "203.0.113.9", "https", "www.example"],
    ['For="[2001:db8::9]:4711"; Proto=https', "2001:db8::9", "https", "example.com"],
    [
      "for=6.6.6.6, for=203.0.113.9;by=10.0.0.9, for=10.0.0.2",
      "203.0.113.9",
      "http",
      "example.com",
    ],
    ["for=203.0.113.9, for=_hidden", "10.0.0.1", "http", "example.com"],
    ["for=203.0.113.9, proto=https", "10.0.0.1", "https", "example.com"],
    ['for="203.0.113.9', "10.0.0.1", "http", "example.com"],
  ])("reads Forwarded %j of a trusted peer", (value, clientIp, scheme, host) => {
    expect(resolve("10.0.0.1", ["forwarded", value])).toMatchObject({ clientIp, scheme, host });
  });

  test("does not mix Forwarded with X-Forwarded-For", () => {
    const headers = ["forwarded", "for=6.6.6.6;proto=https", "x-forwarded-for", "203.0.113.9"];
    expect(resolve("10.0.0.1", headers)).toMatchObject({ clientIp: "203.0.113.9", scheme: "http" });
  });

  test.each(["abc-123", "a.b_c~d+/=:@", "x".repeat(128)])(
    "keeps request id %s of a trusted peer",
    (id) => {
      const facts = resolve("10.0.0.1", ["x-request-id", id]);
      expect(facts.requestId).toBe(id);
      expect(facts.traceId).toMatch(/^[0-9a-f]{32}$/);
    },
  );

  test.each(["", "x".repeat(129), "a b", 'a"b', "a\u00e9", "{a}", "a\tb", "a,b"])(
    "replaces request id %j of a trusted peer",
    (id) => {
      expect(resolve("10.0.0.1", ["x-request-id", id]).requestId).toMatch(/^[0-9a-f]{32}$/);
    },
  );

  test("gives every request its own id", () => {
    const ids = new Set(Array.from({ length: 1000 }, () => resolve("192.0.2.7", []).requestId));
    expect(ids.size).toBe(1000);
  });

  test("goes on with a valid trace, also of a peer who is not trusted", () => {
    const facts = resolve("192.0.2.7", ["traceparent", TRACEPARENT]);
    expect(facts.traceId).toBe(TRACE_ID);
    expect(facts.requestId).not.toBe(TRACE_ID);
  });

  test("begins a trace where several came", () => {
    const headers = ["traceparent", TRACEPARENT, "traceparent", TRACEPARENT];
    expect(resolve("192.0.2.7", headers).traceId).not.toBe(TRACE_ID);
  });
});
