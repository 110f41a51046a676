import { bench, do_not_optimize, run, summary } from "mitata";
import { ChunkedDecoder, chunkHeader } from "../../src/adapters/http1/codec/chunked.ts";
import { RequestHeadParser } from "../../src/adapters/http1/codec/request-head.ts";
import { ResponseHeadParser } from "../../src/adapters/http1/codec/response-head.ts";
import { requestHead, responseHead } from "../../src/adapters/http1/codec/serialise.ts";

const LIMITS = { maxUriBytes: 8192, maxHeaderBytes: 16384, maxHeaderCount: 100 };

/** 470 bytes, 9 fields: what a browser sends. */
const REQUEST =
  "GET /api/v1/items?id=42&sort=asc HTTP/1.1\r\nHost: www.example.com\r\n" +
  "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) " +
  "Chrome/120.0.0.0 Safari/537.36\r\n" +
  "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n" +
  "Accept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br\r\n" +
  "Cookie: session=0123456789abcdef0123456789abcdef; theme=dark\r\n" +
  "Connection: keep-alive\r\nX-Custom-Thing: some value here\r\nCache-Control: max-age=0\r\n\r\n";
const RESPONSE =
  "HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Tue, 24 Nov 2026 16:24:50 GMT\r\n" +
  "Content-Type: text/html\r\nContent-Length: 615\r\nConnection: keep-alive\r\n" +
  'ETag: "66a0-267"\r\nAccept-Ranges: bytes\r\n\r\n';

/** Different heads taken in turn, so that no value is ever one seen just before. */
const HEADS = 64;

/** Registers what it costs to read and to write heads, and to take chunked bodies apart. */
export function benchCodec(): void {
  const requests = variants((i) => REQUEST.replace("id=42", `id=${i + 10}`));
  const responses = variants((i) => RESPONSE.replace("615", `${i + 100}`));
  const scratch = Buffer.allocUnsafeSlow(65536);
  const requestParser = new RequestHeadParser(LIMITS);
  const responseParser = new ResponseHeadParser(LIMITS);
  requestParser.parse(Buffer.from(REQUEST), 0);
  responseParser.parse(Buffer.from(RESPONSE), 0, "GET");
  const sent = requestParser.head.headers;
  const answered = responseParser.head.headers;

  summary(() => {
    benchInTurn("parse a request head, 470 B, 9 fields", requests, (bytes) => {
      requestParser.parse(bytes, 0);
      return requestParser.head;
    });
    benchInTurn("parse a response head, 7 fields", responses, (bytes) => {
      responseParser.parse(bytes, 0, "GET");
      return responseParser.head;
    });
    bench("write a request head, 9 fields", () =>
      scratch.write(requestHead("GET", "/api/v1/items?id=42", sent, ""), 0, "latin1"),
    );
    bench("write a response head, 7 fields", () =>
      scratch.write(responseHead(200, answered, "connection: close\r\n"), 0, "latin1"),
    );
  });
  summary(() => {
    for (const size of [16, 1024, 16384]) benchChunked(size);
  });
}

function benchChunked(size: number): void {
  const chunk = `${chunkHeader(size)}${"x".repeat(size)}\r\n`;
  const bytes = Buffer.from(`${chunk.repeat(10)}0\r\n\r\n`);
  const decoder = new ChunkedDecoder({ maxTrailerBytes: 8192, maxTrailerCount: 50 });
  bench(`decode 10 chunks of ${size} B`, () => {
    decoder.reset();
    let offset = 0;
    while (!decoder.done) offset = decoder.decode(bytes, offset);
    return do_not_optimize(offset);
  });
}

function benchInTurn(
  name: string,
  inputs: readonly Buffer[],
  work: (bytes: Buffer) => unknown,
): void {
  let i = 0;
  bench(name, () => {
    const bytes = inputs[i++ % HEADS];
    return bytes === undefined ? null : do_not_optimize(work(bytes));
  });
}

function variants(text: (i: number) => string): Buffer[] {
  return Array.from({ length: HEADS }, (_, i) => Buffer.from(text(i), "latin1"));
}

if (import.meta.main) {
  benchCodec();
  await run();
}
