import { describe, expect, test } from "bun:test";
import type { BodyRule } from "../../../src/core/model.ts";
import {
  compileRequestBodyOps,
  compileResponseBodyOps,
} from "../../../src/core/transform/body-ops.ts";
import type { Body, BodyStream, ExchangeResponse } from "../../../src/ports/exchange.ts";
import { fakeContext } from "../../support/fake-context.ts";
import { readText } from "../../support/read-body.ts";

function text(template: string, given: Partial<BodyRule> = {}): BodyRule {
  return { contentType: "text/plain; charset=utf-8", template, condition: null, ...given };
}

function json(value: unknown): BodyRule {
  return { contentType: "application/json", template: JSON.stringify(value), condition: null };
}

/** A body that notes whether it was given up. */
function streamBody(): BodyStream & { readonly cancelled: boolean } {
  let cancelled = false;
  return {
    length: undefined,
    consumed: false,
    trailers: [],
    read: () => null,
    cancel: () => {
      cancelled = true;
    },
    get cancelled() {
      return cancelled;
    },
  };
}

function respond(
  rules: BodyRule[],
  response: ExchangeResponse,
  context = fakeContext(),
): ExchangeResponse {
  const ops = compileResponseBodyOps(rules);
  return ops === null ? response : ops(context, response);
}

const BODY_FIELDS = [
  ...["content-type", "image/png", "content-encoding", "gzip", "etag", '"x"', "digest", "x"],
  ...["content-digest", "x", "repr-digest", "x", "content-md5", "x", "accept-ranges", "bytes"],
  ...["last-modified", "x", "content-range", "bytes 0-1/2", "trailer", "x", "expect", "x"],
];

describe("compileRequestBodyOps", () => {
  test("is nothing without rules", () => {
    expect(compileRequestBodyOps([])).toBeNull();
  });

  test("replaces the body, and what told of the old one", async () => {
    const old = streamBody();
    const headers = ["host", "x", ...BODY_FIELDS, "a", "1"];
    const body = compileRequestBodyOps([text("by {client_ip}")])?.(fakeContext(), headers, old);
    expect(await readText(body ?? null)).toBe("by 192.0.2.7");
    expect(headers).toEqual(["host", "x", "a", "1", "content-type", "text/plain; charset=utf-8"]);
    expect(old.cancelled).toBe(true);
  });

  test("gives the body through where no condition holds", () => {
    const old = streamBody();
    const headers = [...BODY_FIELDS];
    const ops = compileRequestBodyOps([text("x", { condition: { methodIs: "PUT" } })]);
    expect(ops?.(fakeContext(), headers, old)).toBe(old);
    expect(headers).toEqual(BODY_FIELDS);
    expect(old.cancelled).toBe(false);
  });

  test.each<[Body]>([[null], [new Uint8Array([1])]])("takes the place of %p too", async (old) => {
    const body = compileRequestBodyOps([json({ a: 1 })])?.(fakeContext(), [], old);
    expect(await readText(body ?? null)).toBe('{"a":1}');
  });
});

describe("compileResponseBodyOps", () => {
  test("is nothing without rules", () => {
    expect(compileResponseBodyOps([])).toBeNull();
  });

  test("replaces the body, and what told of the old one", async () => {
    const old = streamBody();
    const response = respond([json({ ok: true })], {
      status: 502,
      headers: ["server", "x", ...BODY_FIELDS],
      body: old,
      close: true,
    });
    expect(await readText(response.body)).toBe('{"ok":true}');
    expect(response).toMatchObject({ status: 502, close: true });
    expect(response.headers).toEqual(["server", "x", "content-type", "application/json"]);
    expect(old.cancelled).toBe(true);
  });

  test("takes the last of several rules whose conditions hold", async () => {
    const rules = [
      text("always"),
      text("errors", { condition: { statusIs: ["5xx"] } }),
      text("teapots", { condition: { statusIs: ["418"] } }),
    ];
    const bodyOf = (status: number) =>
      readText(respond(rules, { status, headers: [], body: null }).body);
    expect(await bodyOf(200)).toBe("always");
    expect(await bodyOf(503)).toBe("errors");
    expect(await bodyOf(418)).toBe("teapots");
  });

  test("keeps values inside of the JSON strings that they stand in", async () => {
    const evil = 'a","admin":true,"b":"\\';
    const context = fakeContext({}, { headers: ["x-in", evil] });
    const rules = [json({ "{method}": ["<{header.x-in}>"] })];
    const response = respond(rules, { status: 200, headers: [], body: null }, context);
    expect(JSON.parse(await readText(response.body))).toEqual({ GET: [`<${evil}>`] });
  });

  test.each([
    ["\u00c3\u00a9", "é"],
    ["\u00e9", "é"],
  ])("writes the bytes %j of a field as text", async (value, expected) => {
    const context = fakeContext({}, { headers: ["x-in", value] });
    for (const rule of [text("ü{header.x-in}"), json("ü{header.x-in}")]) {
      const { body } = respond([rule], { status: 200, headers: [], body: null }, context);
      expect(await readText(body)).toContain(`ü${expected}`);
    }
  });

  test.each([204, 205, 304])("leaves a %p alone", (status) => {
    const response: ExchangeResponse = { status, headers: ["etag", '"x"'], body: null };
    expect(respond([text("x")], response)).toBe(response);
  });

  test("makes a whole answer of a part", () => {
    const response = respond([text("x")], { status: 206, headers: [...BODY_FIELDS], body: null });
    expect(response.status).toBe(200);
  });

  test("tells HEAD the length that GET would get, without a body", () => {
    const response = respond(
      [text("four")],
      { status: 200, headers: ["content-length", "1000"], body: null },
      fakeContext({}, { method: "HEAD" }),
    );
    expect(response.body).toBeNull();
    expect(response.headers).toEqual([
      ...["content-type", "text/plain; charset=utf-8", "content-length", "4"],
    ]);
  });
});
