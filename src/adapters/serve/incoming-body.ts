import type { BodyStream, HeaderList } from "../../ports/exchange.ts";
import { ProxError } from "../../ports/failure.ts";

/** What is used of the runtime's reader: its own types disagree about the rest of it. */
interface BodyReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
  cancel(): Promise<void>;
}

/** A request body of Bun.serve, pulled. */
export class IncomingBody implements BodyStream {
  readonly length: number | undefined;
  /** Bun.serve drops trailers. */
  readonly trailers: HeaderList = [];
  consumed = false;
  received = 0;
  readonly #reader: BodyReader;
  readonly #onRead: () => void;

  constructor(stream: ReadableStream<Uint8Array>, length: number | undefined, onRead: () => void) {
    this.length = length;
    this.#reader = stream.getReader();
    this.#onRead = onRead;
  }

  async read(): Promise<Uint8Array | null> {
    this.consumed = true;
    this.#onRead();
    const chunk = await this.#next();
    if (chunk === null) return null;
    this.received += chunk.length;
    return chunk.length === 0 ? this.read() : chunk;
  }

  cancel(): void {
    // Bun.serve reads off and drops what is left; a failure of that has nobody to tell.
    this.#reader.cancel().catch(() => undefined);
  }

  async #next(): Promise<Uint8Array | null> {
    try {
      const { done, value } = await this.#reader.read();
      return done ? null : (value ?? null);
    } catch (error) {
      throw clientClosed(error);
    }
  }
}

function clientClosed(cause: unknown): ProxError {
  return new ProxError("client_closed", "downstream", { cause });
}
