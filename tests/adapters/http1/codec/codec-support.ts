import { ChunkedDecoder } from "../../../../src/adapters/http1/codec/chunked.ts";
import type {
  HeadFault,
  RequestHead,
  ResponseHead,
} from "../../../../src/adapters/http1/codec/message.ts";
import { NEED_MORE, REFUSED } from "../../../../src/adapters/http1/codec/message.ts";
import { RequestHeadParser } from "../../../../src/adapters/http1/codec/request-head.ts";
import { ResponseHeadParser } from "../../../../src/adapters/http1/codec/response-head.ts";
import type { HeaderList } from "../../../../src/ports/exchange.ts";

export const LIMITS = { maxUriBytes: 8192, maxHeaderBytes: 16384, maxHeaderCount: 100 };
export const TRAILER_LIMITS = { maxTrailerBytes: 8192, maxTrailerCount: 50 };

/** What came of parsing: a head that ends at `end`, a fault, or neither (more bytes needed). */
export interface Parsed<Head> {
  readonly end?: number;
  readonly head?: Head;
  readonly fault?: HeadFault;
}

export interface Decoded {
  readonly end: number;
  readonly payload: string;
  readonly done: boolean;
  readonly trailers: HeaderList;
  readonly fault: HeadFault | null;
}

/** Parses a request head that arrives in pieces that end at `cuts`. */
export function parseRequest(raw: string, cuts: readonly number[] = []): Parsed<RequestHead> {
  const parser = new RequestHeadParser(LIMITS);
  return inPieces(raw, cuts, parser, (bytes) => parser.parse(bytes, 0));
}

/** Parses a response head that arrives in pieces that end at `cuts`. */
export function parseResponse(
  raw: string,
  method = "GET",
  cuts: readonly number[] = [],
): Parsed<ResponseHead> {
  const parser = new ResponseHeadParser(LIMITS);
  return inPieces(raw, cuts, parser, (bytes) => parser.parse(bytes, 0, method));
}

/** Decodes a chunked body that arrives in pieces that end at `cuts`. */
export function decodeChunked(
  raw: string,
  cuts: readonly number[] = [],
  limits: typeof TRAILER_LIMITS = TRAILER_LIMITS,
): Decoded {
  const decoder = new ChunkedDecoder(limits);
  const bytes = Buffer.from(raw, "latin1");
  let payload = "";
  let from = 0;
  let end = 0;
  for (const to of ends(cuts, bytes.length)) {
    // A copy that is wiped afterwards: nothing may lean on bytes that were consumed.
    const piece = Buffer.from(bytes.subarray(from, to));
    let offset = 0;
    while (offset < piece.length && !decoder.done) {
      offset = decoder.decode(piece, offset);
      if (offset === REFUSED) break;
      if (decoder.chunk !== null) payload += decoder.chunk.toString("latin1");
      end = from + offset;
    }
    if (offset === REFUSED || decoder.done) break;
    piece.fill(0);
    from = to;
  }
  const { done, trailers, fault } = decoder;
  return { end: fault === null ? end : REFUSED, payload, done, trailers, fault };
}

function inPieces<Head>(
  raw: string,
  cuts: readonly number[],
  parser: { readonly head: Head; readonly fault: HeadFault },
  parse: (bytes: Buffer) => number,
): Parsed<Head> {
  const bytes = Buffer.from(raw, "latin1");
  for (const to of ends(cuts, bytes.length)) {
    const end = parse(Buffer.from(bytes.subarray(0, to)));
    if (end === REFUSED) return { fault: parser.fault };
    if (end !== NEED_MORE) return { end, head: parser.head };
  }
  return {};
}

function ends(cuts: readonly number[], length: number): number[] {
  const inside = cuts.map((cut) => cut % (length + 1)).sort((a, b) => a - b);
  return [...inside, length];
}
