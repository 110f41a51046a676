import { describe, expect, test } from "bun:test";
import { limitBody } from "../../../src/core/middleware/body-limit.ts";
import type { Body } from "../../../src/ports/exchange.ts";
import { FakeBody } from "../../support/fake-handler.ts";
import { readText } from "../../support/read-body.ts";

const TOO_LARGE = { reason: "body_too_large", source: "downstream" };

function refusal(body: Body, limit: number): unknown {
  try {
    limitBody(body, limit);
  } catch (error) {
    return error;
  }
  throw new Error("was let through");
}

describe("limitBody", () => {
  test.each<[string, Body, number]>([
    ["no body", null, 1],
    ["bytes at the limit", new Uint8Array(5), 5],
    ["a declared length at the limit", new FakeBody([], 5), 5],
    ["anything without a limit", new FakeBody([]), 0],
    ["any length without a limit", new FakeBody([], 1e12), 0],
  ])("lets %s through as it is", (_, body, limit) => {
    expect(limitBody(body, limit)).toBe(body);
  });

  test.each<[string, Body]>([
    ["bytes at hand", new Uint8Array(6)],
    ["a declared length", new FakeBody([], 6)],
  ])("refuses %s over the limit at once", (_, body) => {
    expect(refusal(body, 5)).toMatchObject(TOO_LARGE);
  });

  test("does not read a body that it refuses", () => {
    const body = new FakeBody(["x"], 6);
    refusal(body, 5);
    expect(body.reads).toBe(0);
  });

  test("lets a body of unknown length through up to the limit, chunk by chunk, with its trailers", async () => {
    const chunk = Buffer.from("abc");
    const source = new FakeBody([chunk, Promise.resolve("de")]);
    source.trailers = ["digest", "x"];
    const body = limitBody(source, 5);
    if (body === null || body instanceof Uint8Array) throw new Error("no stream");
    expect(body.length).toBeUndefined();
    expect(body.consumed).toBe(false);
    expect(body.read()).toBe(chunk);
    expect(body.consumed).toBe(true);
    expect(await readText(body)).toBe("de");
    expect(body.trailers).toEqual(["digest", "x"]);
  });

  test("fails at the byte too many, and gives the rest up", () => {
    const source = new FakeBody(["abc", "def", "ghi"]);
    const body = limitBody(source, 5);
    if (body === null || body instanceof Uint8Array) throw new Error("no stream");
    expect(body.read()).toEqual(Buffer.from("abc"));
    expect(() => body.read()).toThrow(expect.objectContaining(TOO_LARGE));
    expect(source.cancelled).toBe(true);
    expect(source.reads).toBe(2);
  });

  test("fails at the byte too many also where it came late", async () => {
    const source = new FakeBody([Promise.resolve("abcdef")]);
    const body = limitBody(source, 5);
    await expect(readText(body)).rejects.toMatchObject(TOO_LARGE);
    expect(source.cancelled).toBe(true);
  });

  test("hands a cancellation on", () => {
    const source = new FakeBody(["abc"]);
    const body = limitBody(source, 5);
    if (body === null || body instanceof Uint8Array) throw new Error("no stream");
    body.cancel();
    expect(source.cancelled).toBe(true);
  });
});
