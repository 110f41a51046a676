import type { BodyStream, HeaderList } from "../../../ports/exchange.ts";
import type { OpenFile } from "../../../ports/file-system.ts";
import type { ByteRange } from "./byte-ranges.ts";

/** Most bytes that are read from the file at once. */
const PIECE = 64 * 1024;

const textEncoder = new TextEncoder();

/** Several pieces of one file as `multipart/byteranges` (RFC 9110, 14.6). */
export interface MultipartAnswer {
  readonly contentType: string;
  readonly body: BodyStream;
}

/**
 * Builds the body of a 206 with several ranges; it closes the file at its end or when cancelled.
 * `type` is the media type of the file, `ranges` holds at least two.
 */
export function multipartAnswer(
  file: OpenFile,
  type: string,
  ranges: readonly ByteRange[],
): MultipartAnswer {
  // Unforeseeable, so that nobody can store a file that holds it.
  const boundary = crypto.randomUUID();
  const { size } = file.facts;
  const parts = ranges.map((range): Part => {
    const { start, length } = range;
    const fields = `content-type: ${type}\r\ncontent-range: ${contentRange(range, size)}`;
    return { head: textEncoder.encode(`\r\n--${boundary}\r\n${fields}\r\n\r\n`), start, length };
  });
  parts.push({ head: textEncoder.encode(`\r\n--${boundary}--\r\n`), start: 0, length: 0 });
  return {
    contentType: `multipart/byteranges; boundary=${boundary}`,
    body: new MultipartBody(file, parts),
  };
}

/** Formats `bytes 0-99/1234`. */
export function contentRange({ start, length }: ByteRange, size: number): string {
  return `bytes ${start}-${start + length - 1}/${size}`;
}

interface Part extends ByteRange {
  readonly head: Uint8Array;
}

class MultipartBody implements BodyStream {
  readonly length: number;
  readonly trailers: HeaderList = [];
  readonly #file: OpenFile;
  readonly #parts: readonly Part[];
  #index = 0;
  /** Bytes of the present part that were handed out; -1 before its head was. */
  #sent = -1;
  #consumed = false;
  #done = false;

  constructor(file: OpenFile, parts: readonly Part[]) {
    this.#file = file;
    this.#parts = parts;
    this.length = parts.reduce((sum, part) => sum + part.head.length + part.length, 0);
  }

  get consumed(): boolean {
    return this.#consumed;
  }

  read(): Uint8Array | null {
    this.#consumed = true;
    const part = this.#done ? undefined : this.#parts[this.#index];
    if (part === undefined) {
      this.cancel();
      return null;
    }
    const chunk = this.#sent < 0 ? part.head : this.#piece(part);
    this.#sent = this.#sent < 0 ? 0 : this.#sent + chunk.length;
    if (this.#sent === part.length) {
      this.#index++;
      this.#sent = -1;
    }
    return chunk;
  }

  cancel(): void {
    this.#done = true;
    this.#file.close();
  }

  #piece(part: Part): Uint8Array {
    try {
      return this.#file.read(part.start + this.#sent, Math.min(PIECE, part.length - this.#sent));
    } catch (error) {
      this.cancel();
      throw error;
    }
  }
}
