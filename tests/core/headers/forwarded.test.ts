import { describe, expect, test } from "bun:test";
import type { ExchangeContext } from "../../../src/core/context.ts";
import { buildUpstreamHeaders } from "../../../src/core/headers/forwarded.ts";
import type { Protocol } from "../../../src/ports/exchange.ts";
import { headerValue, headerValues } from "../../../src/utils/header-list.ts";
import { fakeContext } from "../../support/fake-context.ts";

const TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

function build(headers: string[], given: Partial<ExchangeContext> = {}): string[] {
  return buildUpstreamHeaders(fakeContext(given, { headers }), "up.example:8080");
}

describe("buildUpstreamHeaders", () => {
  test("sends Host, the client's fields in order, then its own", () => {
    const sent = build(
      ["user-agent", "x", "host", "example.com", "cookie", "a=1", "accept", "*/*", "cookie", "b=2"],
      { scheme: "https" },
    );
    expect(sent.slice(0, -1)).toEqual([
      ...["host", "up.example:8080", "user-agent", "x", "cookie", "a=1", "accept", "*/*"],
      ...["cookie", "b=2", "x-forwarded-for", "192.0.2.7", "x-forwarded-proto", "https"],
      ...["x-forwarded-host", "example.com", "x-real-ip", "192.0.2.7"],
      ...["x-request-id", "0123456789abcdef0123456789abcdef", "via", "1.1 prox", "traceparent"],
    ]);
    expect(sent.at(-1)).toMatch(/^00-fedcba9876543210fedcba9876543210-[0-9a-f]{16}-01$/);
  });

  test("drops what a peer who is not trusted claims", () => {
    const sent = build([
      ...["x-forwarded-for", "6.6.6.6", "x-forwarded-proto", "https", "x-real-ip", "6.6.6.6"],
      ...["x-forwarded-host", "evil.example", "forwarded", "for=6.6.6.6", "x-request-id", "evil"],
      ...["x-forwarded-port", "1", "x-forwarded-prefix", "/evil", "x-forwarded-user", "root"],
    ]);
    expect(sent.join("\n")).not.toMatch(/evil|6\.6\.6\.6|root|x-forwarded-port/);
    expect(headerValues(sent, "x-forwarded-for")).toEqual(["192.0.2.7"]);
    expect(headerValues(sent, "x-forwarded-proto")).toEqual(["http"]);
    expect(headerValues(sent, "x-real-ip")).toEqual(["192.0.2.7"]);
    expect(headerValues(sent, "x-request-id")).toEqual(["0123456789abcdef0123456789abcdef"]);
  });

  test("continues the lists of a trusted peer and keeps its other claims", () => {
    const sent = build(
      [
        ...[
          "x-forwarded-for",
          "203.0.113.9",
          "forwarded",
          "for=203.0.113.9",
          "x-real-ip",
          "1.1.1.1",
        ],
        ...[
          "x-forwarded-for",
          "10.0.0.2",
          "x-forwarded-port",
          "8443",
          "x-forwarded-proto",
          "https",
        ],
      ],
      { peerTrusted: true, clientIp: "203.0.113.9", scheme: "https", host: "www.example" },
    );
    expect(headerValues(sent, "x-forwarded-for")).toEqual(["203.0.113.9, 10.0.0.2, 192.0.2.7"]);
    expect(headerValues(sent, "x-forwarded-proto")).toEqual(["https"]);
    expect(headerValues(sent, "x-forwarded-host")).toEqual(["www.example"]);
    expect(headerValues(sent, "x-forwarded-port")).toEqual(["8443"]);
    expect(headerValues(sent, "x-real-ip")).toEqual(["203.0.113.9"]);
    expect(headerValues(sent, "forwarded")).toEqual([
      'for=203.0.113.9, for=192.0.2.7;host="example.com";proto=http',
    ]);
  });

  test("writes an IPv6 peer into Forwarded in brackets and quotes", () => {
    const connection = { remoteAddress: "2001:db8::7", localPort: 80 };
    const headers = ["forwarded", "for=203.0.113.9"];
    const context = fakeContext({ peerTrusted: true }, { connection, headers });
    expect(headerValue(buildUpstreamHeaders(context, "up"), "forwarded")).toBe(
      'for=203.0.113.9, for="[2001:db8::7]";host="example.com";proto=http',
    );
    expect(headerValue(buildUpstreamHeaders(context, "up"), "x-forwarded-for")).toBe("2001:db8::7");
  });

  test.each([
    "x_forwarded_for",
    "x-forwarded_for",
    "x.forwarded.for",
    "x_forwarded_anything",
    "x.real.ip",
    "x_real_ip",
    "x_request_id",
    "content_length",
    "transfer_encoding",
    "transfer.encoding",
  ])("drops the alias %s, for trusted peers too", (name) => {
    for (const peerTrusted of [false, true]) {
      expect(headerValue(build([name, "6.6.6.6"], { peerTrusted }), name)).toBeUndefined();
    }
  });

  test.each(["x_custom", "x.custom", "user_agent", "my_x-real-ip", "xforwardedfor"])(
    "keeps %s, which is no alias",
    (name) => {
      expect(headerValue(build([name, "1"]), name)).toBe("1");
    },
  );

  test("drops hop-by-hop fields and those that Connection names, but no field of its own", () => {
    const sent = build([
      ...["connection", "close, x-hop, x-forwarded-for, Host, x-request-id", "x-hop", "1"],
      ...["keep-alive", "5", "content-length", "3", "transfer-encoding", "chunked"],
      ...["upgrade", "h2c", "proxy-authorization", "Basic x", "proxy-connection", "x"],
    ]);
    expect(sent.filter((_, i) => i % 2 === 0)).toEqual([
      ...["host", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-real-ip"],
      ...["x-request-id", "via", "traceparent"],
    ]);
  });

  test.each([
    ["trailers", ["trailers"]],
    ["gzip;q=0.5, Trailers", ["trailers"]],
    ["gzip", []],
    ["", []],
  ])("passes only trailers on of TE: %s", (value, expected) => {
    const sent = build(["connection", "te", "te", value]);
    expect(headerValues(sent, "te")).toEqual(expected);
  });

  test("passes a valid trace on as it is, with its state", () => {
    const sent = build(["tracestate", "a=1", "traceparent", TRACEPARENT, "tracestate", "b=2"]);
    expect(headerValues(sent, "traceparent")).toEqual([TRACEPARENT]);
    expect(headerValues(sent, "tracestate")).toEqual(["a=1, b=2"]);
  });

  test.each([
    ["no trace", []],
    ["an invalid trace", ["traceparent", "nonsense"]],
    ["several traces", ["traceparent", TRACEPARENT, "traceparent", TRACEPARENT]],
  ])("begins a trace without state in place of %s", (_case, headers) => {
    const sent = build([...headers, "tracestate", "a=1"]);
    expect(headerValues(sent, "traceparent")).toHaveLength(1);
    expect(headerValue(sent, "traceparent")).toStartWith("00-fedcba9876543210fedcba9876543210-");
    expect(headerValues(sent, "tracestate")).toEqual([]);
  });

  test("adds itself behind the Via of others", () => {
    expect(headerValues(build(["via", "1.0 fred"]), "via")).toEqual(["1.0 fred", "1.1 prox"]);
  });

  test.each([
    ["HTTP/1.0", "1.0 prox"],
    ["HTTP/1.1", "1.1 prox"],
    ["HTTP/2", "2 prox"],
    ["HTTP/3", "3 prox"],
  ] as [Protocol, string][])("names %s in Via", (protocol, via) => {
    expect(headerValue(buildUpstreamHeaders(fakeContext({}, { protocol }), "up"), "via")).toBe(via);
  });

  test("leaves out what it does not know: no Host in HTTP/1.0, no address on a unix socket", () => {
    const connection = { remoteAddress: "", localPort: 0 };
    const sent = buildUpstreamHeaders(fakeContext({}, { connection, authority: "" }), "up");
    for (const name of ["x-forwarded-for", "x-forwarded-host", "x-real-ip"]) {
      expect(headerValue(sent, name)).toBeUndefined();
    }
  });
});
