import { describe, expect, test } from "bun:test";
import type { Handler } from "../../../src/core/context.ts";
import { errorResponse, failureReason } from "../../../src/core/errors.ts";
import { responseRules } from "../../../src/core/middleware/response-rules.ts";
import type { BodyRule, HeaderRule } from "../../../src/core/model.ts";
import { compileResponseBodyOps } from "../../../src/core/transform/body-ops.ts";
import { compileResponseHeaderOps } from "../../../src/core/transform/header-ops.ts";
import type { ExchangeResponse } from "../../../src/ports/exchange.ts";
import { ProxError } from "../../../src/ports/failure.ts";
import { headerValue } from "../../../src/utils/header-list.ts";
import { fakeContext } from "../../support/fake-context.ts";
import { FakeBody, text } from "../../support/fake-handler.ts";
import { readText } from "../../support/read-body.ts";

const add = (name: string, value: string, statusIs?: readonly string[]): HeaderRule => ({
  remove: [],
  add: [[name, [value]]],
  condition: statusIs === undefined ? null : { statusIs },
});

function run(
  rules: { readonly headers?: readonly HeaderRule[]; readonly bodies?: readonly BodyRule[] },
  handler: Handler,
): ExchangeResponse | Promise<ExchangeResponse> {
  const stage = responseRules(
    compileResponseHeaderOps(rules.headers ?? []),
    compileResponseBodyOps(rules.bodies ?? []),
  );
  const context = fakeContext({
    fail: (error) => errorResponse(failureReason(error), "id", []),
  });
  return stage(handler)(context);
}

const broken = new ProxError("upstream_connect_refused", "upstream");

describe("responseRules", () => {
  test("edits an answer at once where nothing waits", () => {
    const response = run({ headers: [add("x-a", "1")] }, () => text("ok"));
    expect(response).not.toBeInstanceOf(Promise);
    expect(response).toMatchObject({ status: 200, headers: ["x-a", "1"] });
  });

  test("edits an answer that comes later", async () => {
    const response = await run({ headers: [add("x-a", "1")] }, async () => text("ok"));
    expect(response.headers).toEqual(["x-a", "1"]);
  });

  test.each<[string, Handler]>([
    [
      "thrown",
      () => {
        throw broken;
      },
    ],
    ["rejected", () => Promise.reject(broken)],
  ])("edits Prox's own answer to a failure that is %s", async (_, handler) => {
    const response = await run({ headers: [add("x-a", "1", ["5xx"])] }, handler);
    expect(response.status).toBe(502);
    expect(headerValue(response.headers, "x-a")).toBe("1");
  });

  test("replaces the body first: header rules have the last word", async () => {
    const body = new FakeBody(["old"]);
    const rules = {
      headers: [add("content-type", "text/x-own")],
      bodies: [
        { contentType: "text/plain; charset=utf-8", template: "new", condition: null } as const,
      ],
    };
    const response = await run(rules, () => ({
      status: 200,
      headers: ["etag", '"old"'],
      body,
    }));
    expect(response.headers).toEqual(["content-type", "text/x-own"]);
    expect(await readText(response.body)).toBe("new");
    expect(body.cancelled).toBe(true);
  });

  test("shows header rules the status that the body rule left", async () => {
    const rules = {
      headers: [add("x-whole", "1", ["200"])],
      bodies: [
        { contentType: "text/plain; charset=utf-8", template: "new", condition: null } as const,
      ],
    };
    const response = await run(rules, () => ({ status: 206, headers: [], body: null }));
    expect(headerValue(response.headers, "x-whole")).toBe("1");
  });
});
