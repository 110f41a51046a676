import { describe, expect, test } from "bun:test";
import { ResponseBody } from "../../../../src/adapters/http1/client/response-body.ts";

const SOURCE = { bodyAwaited: () => undefined, bodyCancelled: () => undefined };

describe("ResponseBody.release", () => {
  test("frees a chunk that has its buffer for itself", () => {
    const body = new ResponseBody(10, SOURCE, { ownChunks: true });
    const chunk = new Uint8Array(10);
    body.release(chunk);
    expect(chunk.length).toBe(0);
  });

  test("leaves a chunk alone that shares its buffer with others", () => {
    const body = new ResponseBody(undefined, SOURCE, { ownChunks: false });
    const input = new Uint8Array(10).fill(7);
    body.release(input.subarray(0, 5));
    expect(input[9]).toBe(7);
  });
});
