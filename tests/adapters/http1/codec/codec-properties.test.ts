import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { chunkHeader, lastChunk } from "../../../../src/adapters/http1/codec/chunked.ts";
import { CHUNKED, UNTIL_CLOSE } from "../../../../src/adapters/http1/codec/message.ts";
import { requestHead, responseHead } from "../../../../src/adapters/http1/codec/serialise.ts";
import type { HeaderList } from "../../../../src/ports/exchange.ts";
import { hasHeader, removeHeader } from "../../../../src/utils/header-list.ts";
import { isFieldValue, isToken } from "../../../../src/utils/http-grammar.ts";
import {
  BAD_CHUNKED_BODIES,
  BAD_REQUEST_HEADS,
  BAD_RESPONSE_HEADS,
} from "../../../support/smuggling-corpus.ts";
import { decodeChunked, parseRequest, parseResponse } from "./codec-support.ts";

const GOOD_REQUESTS = [
  "GET /a?b=c HTTP/1.1\r\nHost: a.example:80\r\nAccept: */*\r\n\r\n",
  "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
  "\r\nPUT http://a/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
  "GET / HTTP/1.0\r\nConnection: keep-alive\r\nX-Y:\t\xe9 z \r\n\r\n",
  "OPTIONS * HTTP/1.1\r\nHost: [::1]:1\r\nExpect: 100-continue\r\n\r\n",
];
const GOOD_RESPONSES = [
  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nServer: x\r\n\r\nhello",
  "HTTP/1.0 302\r\nLocation: /\r\n\r\n",
  "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nLink: </b>\r\n\r\n",
  "HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\nConnection: x, close\r\n\r\n",
];
const GOOD_BODIES = [
  "5;a=b\r\nhello\r\n0\r\nX: a\r\nY: b\r\n\r\n",
  "1\r\n!\r\n0a\r\n\r\n\r\n\r\n\r\n\r\n\r\n0\r\n\r\n",
];

/** Bytes that matter to a parser, so that a random edit has a chance to mean something. */
const FRAGMENTS = [
  ...'\r\n\t\0\x0b :;,=0159afAF\x7f\x80\xff/?#@[]\\"'.split(""),
  ...["\r\n", "\r\n\r\n", "chunked", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"],
  ...["HTTP/1.1", "HTTP/1.0", "Host: a\r\n", "Connection: close\r\n", "\r\n ", "0\r\n\r\n"],
];

const cuts = fc.array(fc.nat({ max: 400 }), { maxLength: 12 });

describe("any split of the same bytes gives the same result", () => {
  const requests = mutated([...GOOD_REQUESTS, ...BAD_REQUEST_HEADS.map(({ raw }) => raw)]);
  test("for request heads", () => {
    fc.assert(
      fc.property(requests, cuts, (raw, at) => {
        expect(parseRequest(raw, at)).toEqual(parseRequest(raw));
      }),
      { numRuns: 4000 },
    );
  });

  const responses = mutated([...GOOD_RESPONSES, ...BAD_RESPONSE_HEADS.map(({ raw }) => raw)]);
  test("for response heads", () => {
    fc.assert(
      fc.property(responses, fc.constantFrom("GET", "HEAD"), cuts, (raw, method, at) => {
        expect(parseResponse(raw, method, at)).toEqual(parseResponse(raw, method));
      }),
      { numRuns: 3000 },
    );
  });

  const bodies = mutated([...GOOD_BODIES, ...BAD_CHUNKED_BODIES.map(({ raw }) => raw)]);
  test("for chunked bodies", () => {
    fc.assert(
      fc.property(bodies, cuts, (raw, at) => {
        expect(decodeChunked(raw, at)).toEqual(decodeChunked(raw));
      }),
      { numRuns: 4000 },
    );
  });

  test.each([
    ["requests", [...GOOD_REQUESTS, ...BAD_REQUEST_HEADS.map(({ raw }) => raw)], parseRequest],
    [
      "responses",
      [...GOOD_RESPONSES, ...BAD_RESPONSE_HEADS.map(({ raw }) => raw)],
      (raw: string, at?: number[]) => parseResponse(raw, "GET", at),
    ],
    ["bodies", [...GOOD_BODIES, ...BAD_CHUNKED_BODIES.map(({ raw }) => raw)], decodeChunked],
  ] as const)("byte by byte, for all known %s", (_name, messages, parse) => {
    for (const raw of messages) {
      const everywhere = Array.from(raw, (_, i) => i);
      expect(parse(raw, everywhere)).toEqual(parse(raw));
    }
  });

  test("a refusal stands, whatever follows", () => {
    fc.assert(
      fc.property(requests, fc.string({ unit: "binary-ascii" }), (raw, more) => {
        const { fault } = parseRequest(raw);
        if (fault !== undefined) expect(parseRequest(raw + more).fault).toEqual(fault);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("what is accepted is sent on as one unambiguous message", () => {
  test("requests", () => {
    fc.assert(
      fc.property(mutated(GOOD_REQUESTS), (raw) => {
        const { head } = parseRequest(raw);
        if (head === undefined) return;
        const headers = withoutFraming(head.headers);
        if (!hasHeader(headers, "host")) headers.push("host", head.authority || "a");
        const sent = requestHead(head.method, head.pathAndQuery, headers, framing(head.bodyLength));
        const again = parseRequest(sent);
        expect(again.end).toBe(sent.length);
        expect(again.head).toMatchObject({
          method: head.method,
          pathAndQuery: head.pathAndQuery,
          authority: head.authority || "a",
          bodyLength: head.bodyLength,
        });
        expect(withoutFraming(again.head?.headers ?? [])).toEqual(headers);
        expectPlain(sent, headers);
      }),
      { numRuns: 4000 },
    );
  });

  test("responses", () => {
    fc.assert(
      fc.property(mutated(GOOD_RESPONSES), (raw) => {
        const { head } = parseResponse(raw);
        if (head === undefined) return;
        const headers = withoutFraming(head.headers);
        const bodyless = head.status < 200 || head.status === 204 || head.status === 304;
        const sent = responseHead(head.status, headers, bodyless ? "" : framing(head.bodyLength));
        const again = parseResponse(sent);
        expect(again.end).toBe(sent.length);
        expect(again.head).toMatchObject({ status: head.status, bodyLength: head.bodyLength });
        expect(withoutFraming(again.head?.headers ?? [])).toEqual(headers);
        expectPlain(sent, headers);
      }),
      { numRuns: 3000 },
    );
  });

  test("chunked bodies, whatever the chunks", () => {
    const pieces = fc.array(fc.string({ unit: "binary-ascii", minLength: 1, maxLength: 40 }), {
      maxLength: 8,
    });
    const trailers = fc.constantFrom<HeaderList>([], ["x-a", "b"], ["x", "", "y", "z z"]);
    fc.assert(
      fc.property(pieces, trailers, cuts, (chunks, fields, at) => {
        const framed = chunks.map((chunk) => `${chunkHeader(chunk.length)}${chunk}\r\n`).join("");
        const raw = `${framed}${lastChunk(fields)}`;
        expect(decodeChunked(`${raw}GET /`, at)).toEqual({
          payload: chunks.join(""),
          trailers: fields,
          done: true,
          end: raw.length,
          fault: null,
        });
      }),
      { numRuns: 2000 },
    );
  });
});

/** Messages with a few random edits: fragments put in, put over, bytes taken out or doubled. */
function mutated(messages: readonly string[]): fc.Arbitrary<string> {
  const edit = fc.record({
    at: fc.nat({ max: 400 }),
    taken: fc.nat({ max: 3 }),
    put: fc.constantFrom("", ...FRAGMENTS),
  });
  const edits = fc.array(edit, { maxLength: 3 });
  return fc.tuple(fc.constantFrom(...messages), edits).map(([message, list]) =>
    list.reduce((text, { at, taken, put }) => {
      const place = at % (text.length + 1);
      return text.slice(0, place) + put + text.slice(place + taken);
    }, message),
  );
}

function withoutFraming(headers: HeaderList): HeaderList {
  const kept = [...headers];
  for (const name of ["content-length", "transfer-encoding", "connection", "expect"]) {
    removeHeader(kept, name);
  }
  return kept;
}

function framing(bodyLength: number): string {
  if (bodyLength === CHUNKED) return "transfer-encoding: chunked\r\n";
  return bodyLength === UNTIL_CLOSE ? "" : `content-length: ${bodyLength}\r\n`;
}

/** A second opinion, as simple as can be: every line is one of ours, CR and LF stand in pairs alone. */
function expectPlain(sent: string, headers: HeaderList): void {
  const lines = sent.split("\r\n");
  expect(lines.some((line) => /[\r\n\0]/.test(line))).toBe(false);
  expect(lines.slice(-2)).toEqual(["", ""]);
  expect(
    lines.filter((line) => /^(content-length|transfer-encoding):/i.test(line)).length < 2,
  ).toBe(true);
  for (let i = 0; i < headers.length; i += 2) {
    expect(isToken(headers[i] ?? "") && isFieldValue(headers[i + 1] ?? "\n")).toBe(true);
  }
}
