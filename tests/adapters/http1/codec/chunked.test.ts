import { describe, expect, test } from "bun:test";
import {
  ChunkedDecoder,
  chunkHeader,
  lastChunk,
} from "../../../../src/adapters/http1/codec/chunked.ts";
import { BAD_CHUNKED_BODIES } from "../../../support/smuggling-corpus.ts";
import { decodeChunked, TRAILER_LIMITS } from "./codec-support.ts";

describe("ChunkedDecoder", () => {
  test.each([
    ["0\r\n\r\n", ""],
    ["5\r\nhello\r\n0\r\n\r\n", "hello"],
    ["5\r\nhello\r\n1\r\n!\r\n000\r\n\r\n", "hello!"],
    ["000000000000000a\r\n0123456789\r\n0\r\n\r\n", "0123456789"],
    ["A;name=value;other;x=1\r\n0123456789\r\n0;last\r\n\r\n", "0123456789"],
    [`1;${"a".repeat(254)}\r\n!\r\n0\r\n\r\n`, "!"],
    ["2\r\n\r\n\r\n0\r\n\r\n", "\r\n"],
  ])("decodes %j", (raw, payload) => {
    const decoded = decodeChunked(raw);
    expect(decoded).toMatchObject({ payload, done: true, trailers: [], end: raw.length });
  });

  test.each([...BAD_CHUNKED_BODIES])("refuses $name", ({ raw, reason }) => {
    const decoded = decodeChunked(raw);
    expect(decoded.fault?.reason).toBe(reason);
    expect(decoded.done).toBe(false);
    expect(decoded.trailers).toEqual([]);
  });

  test("hands trailers over", () => {
    const { trailers } = decodeChunked("0\r\nGrpc-Status: 0\r\nx:\r\nX: 2\r\n\r\n");
    expect(trailers).toEqual(["grpc-status", "0", "x", "", "x", "2"]);
  });

  test.each([
    ["as many bytes as allowed", `X: ${"a".repeat(15)}\r\n\r\n`, undefined],
    ["a byte more", `X: ${"a".repeat(16)}\r\n\r\n`, "headers_too_large"],
    ["a line without an end", `X: ${"a".repeat(60)}`, "headers_too_large"],
    ["as many fields as allowed", "X:\r\nX:\r\n\r\n", undefined],
    ["a field more", "X:\r\nX:\r\nX:\r\n\r\n", "headers_too_large"],
  ])("limits trailers: %s", (_name, lines, reason) => {
    const limits = { maxTrailerBytes: 20, maxTrailerCount: 2 };
    const raw = `0\r\n${lines}`;
    expect(decodeChunked(raw, [], limits).fault?.reason).toBe(reason as never);
    const everywhere = Array.from(raw, (_, i) => i);
    expect(decodeChunked(raw, everywhere, limits).fault?.reason).toBe(reason as never);
  });

  test("does not copy payload, and leaves what follows alone", () => {
    const decoder = new ChunkedDecoder(TRAILER_LIMITS);
    const bytes = Buffer.from("3\r\nabc\r\n0\r\n\r\nGET /");
    expect(decoder.decode(bytes, 0)).toBe(6);
    expect(decoder.chunk?.buffer).toBe(bytes.buffer);
    expect(decoder.chunk?.toString()).toBe("abc");
    expect(decoder.decode(bytes, 6)).toBe(13);
    expect([decoder.chunk, decoder.done]).toEqual([null, true]);
    expect(decoder.decode(bytes, 13)).toBe(13);
  });

  test("decodes one body after the other", () => {
    const decoder = new ChunkedDecoder(TRAILER_LIMITS);
    const first = Buffer.from("0\r\nX: 1\r\n\r\n");
    expect(decoder.decode(first, 0)).toBe(first.length);
    const trailers = decoder.trailers;
    decoder.reset();
    expect([decoder.done, decoder.trailers.length, trailers.length]).toEqual([false, 0, 2]);
    const second = Buffer.from("1\r\n!\r\n0\r\n\r\n");
    expect(decoder.decode(second, 0)).toBe(4);
    expect(decoder.decode(second, 4)).toBe(second.length);
    expect([decoder.done, decoder.trailers.length]).toEqual([true, 0]);
  });

  test("a reset in the midst of any state starts anew", () => {
    const decoder = new ChunkedDecoder(TRAILER_LIMITS);
    for (const raw of ["5", "5;a", "5;a=b\r", "5\r\nhe", "1\r\n!\r", "0\r\nX: 1\r\nY", "g"]) {
      let offset = 0;
      const bytes = Buffer.from(raw);
      while (offset >= 0 && offset < bytes.length) offset = decoder.decode(bytes, offset);
      decoder.reset();
      expect(decoder.decode(Buffer.from("0\r\n\r\n"), 0)).toBe(5);
      expect([decoder.done, decoder.fault]).toEqual([true, null]);
      decoder.reset();
    }
  });
});

describe("chunk encoding", () => {
  test.each([
    [1, "1\r\n"],
    [31, "1f\r\n"],
    [65536, "10000\r\n"],
  ])("header of %d bytes", (length, text) => {
    expect(chunkHeader(length)).toBe(text);
  });

  test("last chunk with and without trailers", () => {
    expect(lastChunk([])).toBe("0\r\n\r\n");
    expect(lastChunk(["x", "1", "y", ""])).toBe("0\r\nx: 1\r\ny: \r\n\r\n");
  });
});
