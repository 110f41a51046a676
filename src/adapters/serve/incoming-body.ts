import type { BodyStream, HeaderList } from "../../ports/exchange.ts";
import { ProxError } from "../../ports/failure.ts";
import { Deadline } from "../../utils/deadline-queue.ts";
import type { ServeShared, Waiting } from "./shared.ts";

/** What is used of the runtime's reader: its own types disagree about the rest of it. */
interface BodyReader {
  read(): Promise<BodyPiece>;
  cancel(): Promise<void>;
}

interface BodyPiece {
  readonly done: boolean;
  readonly value?: Uint8Array | undefined;
}

/** A request body of Bun.serve, pulled. The runtime reads its socket only as it is read itself. */
export class IncomingBody implements BodyStream, Waiting {
  readonly length: number | undefined;
  /** Bun.serve drops trailers. */
  readonly trailers: HeaderList = [];
  consumed = false;
  /** Bytes taken. */
  received = 0;
  /** Its last byte was taken. */
  complete = false;
  readonly #shared: ServeShared;
  readonly #reader: BodyReader;
  readonly #wait = new Deadline<Waiting>(this);
  #failure: ProxError | null = null;
  #resolve: ((chunk: Uint8Array | null) => void) | null = null;
  #reject: ((error: ProxError) => void) | null = null;

  constructor(shared: ServeShared, stream: ReadableStream<Uint8Array>, length: number | undefined) {
    this.#shared = shared;
    this.length = length;
    this.#reader = stream.getReader();
  }

  /** The client owed more of it for too long. */
  get stalled(): boolean {
    return this.#failure?.reason === "body_timeout";
  }

  read(): null | Promise<Uint8Array | null> {
    this.consumed = true;
    if (this.complete) return null;
    if (this.#failure !== null) throw this.#failure;
    const wait = new Promise<Uint8Array | null>(this.#keepWaiter);
    this.#shared.body.arm(this.#wait, this.#shared.clock.now());
    this.#next();
    return wait;
  }

  cancel(): void {
    this.fail("client_closed");
  }

  waitedTooLong(): void {
    this.fail("body_timeout");
  }

  /** Ends the body with an error; the runtime reads off and drops what still comes. */
  fail(reason: "client_closed" | "body_timeout", cause?: unknown): void {
    if (this.complete || this.#failure !== null) return;
    this.#failure = new ProxError(reason, "downstream", { cause });
    // Its own failure has nobody to tell.
    this.#reader.cancel().catch(() => undefined);
    this.#wait.disarm();
    const reject = this.#reject;
    this.#resolve = null;
    this.#reject = null;
    reject?.(this.#failure);
  }

  #next(): void {
    this.#reader.read().then(this.#arrived, this.#broken);
  }

  readonly #keepWaiter = (
    resolve: (chunk: Uint8Array | null) => void,
    reject: (error: ProxError) => void,
  ): void => {
    this.#resolve = resolve;
    this.#reject = reject;
  };

  readonly #arrived = ({ done, value }: BodyPiece): void => {
    if (this.#failure !== null) return;
    if (done) {
      // The runtime should have noticed; a short body must never pass for a whole one.
      if (this.length !== undefined && this.received !== this.length) this.fail("client_closed");
      else this.#settle(null);
      return;
    }
    if (value === undefined || value.length === 0) {
      this.#next();
      return;
    }
    this.received += value.length;
    this.#settle(value);
  };

  readonly #broken = (error: unknown): void => this.fail("client_closed", error);

  #settle(chunk: Uint8Array | null): void {
    this.complete = chunk === null || this.received === this.length;
    this.#wait.disarm();
    const resolve = this.#resolve;
    this.#resolve = null;
    this.#reject = null;
    resolve?.(chunk);
  }
}
