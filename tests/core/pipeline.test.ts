import { expect, test } from "bun:test";
import type { Handler, Middleware } from "../../src/core/context.ts";
import { compose } from "../../src/core/pipeline.ts";
import { fakeContext } from "../support/fake-context.ts";
import { text } from "../support/fake-handler.ts";

const handler: Handler = () => text("ok");

test("a handler without stages stays itself", () => {
  expect(compose([], handler)).toBe(handler);
});

test("stages see the request from the outermost in, the answer from the innermost out", async () => {
  const seen: string[] = [];
  const stage =
    (name: string): Middleware =>
    (next) =>
    async (context) => {
      seen.push(`${name} in`);
      const response = await next(context);
      seen.push(`${name} out`);
      return response;
    };
  await compose([stage("a"), stage("b")], handler)(fakeContext());
  expect(seen).toEqual(["a in", "b in", "b out", "a out"]);
});
