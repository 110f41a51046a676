import {
  BAD_CHUNKED_BODIES,
  BAD_REQUESTS,
  BAD_RESPONSE_HEADS,
} from "../../tests/support/smuggling-corpus.ts";
import type { Random } from "./random.ts";

type Messages = readonly [string, ...string[]];

/** Requests that Prox must forward, Latin-1. */
const GOOD_REQUESTS: Messages = [
  "GET /a?b=c HTTP/1.1\r\nHost: a.example\r\nUser-Agent: x\r\nAccept: */*\r\n\r\n",
  "HEAD /h HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n",
  "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
  "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n",
  "PUT /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;a=b\r\n!\r\n0a\r\n0123456789\r\n0\r\n\r\n",
  "GET http://a/abs HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.1\r\nVia: 1.0 x\r\n\r\n",
  "OPTIONS * HTTP/1.1\r\nHost: [::1]:80\r\n\r\n",
  "GET /old HTTP/1.0\r\n\r\n",
  "POST /old HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",
  "POST /e HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
  "GET /u HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
  "DELETE /d HTTP/1.1\r\nHost: a\r\nConnection: close, x-drop\r\nX-Drop: 1\r\nTE: trailers\r\n\r\n",
  "POST /s HTTP/1.1\r\nHost: a\r\nContent-Length: 44\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\nX: 123456\r\n\r\n",
];

/** Answers to a request that is no HEAD. */
export const GOOD_RESPONSES: Messages = [
  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nServer: x\r\n\r\nhello",
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n",
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: x\r\n\r\n5;a\r\nhello\r\n0\r\n\r\n",
  "HTTP/1.1 204 No Content\r\n\r\n",
  "HTTP/1.1 304 Not Modified\r\nETag: x\r\nContent-Length: 5\r\n\r\n",
  "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
  "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno",
  "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n\r\nok",
];

/** An answer that ends with its connection. */
export const UNTIL_CLOSE_RESPONSE = "HTTP/1.1 200 OK\r\nContent-Type: x\r\n\r\nuntil the end";
/** An answer to HEAD. */
export const HEAD_RESPONSE = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";

const REQUESTS: Messages = [...GOOD_REQUESTS, ...BAD_REQUESTS.map(({ raw }) => raw)];
const RESPONSES: Messages = [
  ...GOOD_RESPONSES,
  UNTIL_CLOSE_RESPONSE,
  ...BAD_RESPONSE_HEADS.map(({ raw }) => raw),
  ...BAD_CHUNKED_BODIES.map(
    ({ raw }) => `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${raw}`,
  ),
];

/** What parsers trip over, to put anywhere. */
const FRAGMENTS: Messages = [
  "\r\n",
  ...'\r\n\0\t\x0b :;,=+-0159afx\x7f\x80\xff/?#@[]\\"',
  ...["\r\n\r\n", "\r\n ", "\n\n", "0\r\n\r\n", "5\r\n", "ffffffffffffffff\r\n", "chunked"],
  ...["Content-Length: 5\r\n", "Content-Length: 0\r\n", "Transfer-Encoding: chunked\r\n"],
  ...[
    "Transfer-Encoding: x\r\n",
    "Host: b\r\n",
    "Connection: close\r\n",
    "Expect: 100-continue\r\n",
  ],
  ...["Connection: host, content-length\r\n", "Upgrade: h2c\r\n", "HTTP/1.0", "HTTP/1.1", "HEAD "],
  "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
  "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
];

/** A request that is mutated most of the time. */
export function randomRequest(random: Random): string {
  if (random.chance(0.25)) return random.pick(GOOD_REQUESTS);
  return mutate(random.pick(random.chance(0.6) ? GOOD_REQUESTS : REQUESTS), REQUESTS, random);
}

/** A mutated answer. */
export function randomResponse(random: Random): string {
  return mutate(random.pick(random.chance(0.6) ? GOOD_RESPONSES : RESPONSES), RESPONSES, random);
}

function mutate(message: string, others: Messages, random: Random): string {
  let text = message;
  for (let edits = 1 + random.below(3); edits > 0; edits--) {
    text = random.pick(EDITS)(text, others, random);
  }
  return text;
}

type Edit = (text: string, others: Messages, random: Random) => string;

const EDITS: readonly [Edit, ...Edit[]] = [
  function flipBit(text, _others, random) {
    const at = random.below(text.length);
    const flipped = text.charCodeAt(at) ^ (1 << random.below(8));
    return `${text.slice(0, at)}${String.fromCharCode(flipped & 0xff)}${text.slice(at + 1)}`;
  },
  function putFragment(text, _others, random) {
    const at = random.below(text.length + 1);
    return text.slice(0, at) + random.pick(FRAGMENTS) + text.slice(at);
  },
  function overwrite(text, _others, random) {
    const at = random.below(text.length + 1);
    const fragment = random.pick(FRAGMENTS);
    return text.slice(0, at) + fragment + text.slice(at + fragment.length);
  },
  function cut(text, _others, random) {
    const at = random.below(text.length + 1);
    return text.slice(0, at) + text.slice(at + 1 + random.below(random.chance(0.8) ? 4 : 60));
  },
  function repeat(text, _others, random) {
    const at = random.below(text.length + 1);
    const end = at + random.below(40);
    return text.slice(0, end) + text.slice(at);
  },
  function repeatLine(text, _others, random) {
    const lines = text.split("\r\n");
    const at = random.below(lines.length);
    lines.splice(random.below(lines.length + 1), 0, lines[at] ?? "");
    return lines.join("\r\n");
  },
  function splice(text, others, random) {
    const other = random.pick(others);
    return text.slice(0, random.below(text.length + 1)) + other.slice(random.below(other.length));
  },
  function changeCase(text, _others, random) {
    const at = random.below(text.length + 1);
    const end = at + random.below(20);
    return text.slice(0, at) + text.slice(at, end).toUpperCase() + text.slice(end);
  },
];
