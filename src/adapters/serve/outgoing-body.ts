import type { BodyStream } from "../../ports/exchange.ts";
import { type FailureReason, ProxError } from "../../ports/failure.ts";
import { Deadline } from "../../utils/deadline-queue.ts";
import type { ServeShared, Waiting } from "./shared.ts";

type Controller = ReadableStreamDefaultController<Uint8Array>;

/** Who is told, once, how a streamed answer ended. */
export interface StreamOwner {
  /** Nothing more will be handed to the runtime; `failure` where the answer broke off. */
  streamOver(bytesOut: number, failure: FailureReason | undefined): void;
}

/** The core's body as a source of the stream that the runtime reads. */
export class OutgoingBody implements Waiting {
  readonly #shared: ServeShared;
  readonly #owner: StreamOwner;
  readonly #body: BodyStream;
  /** Waits for the runtime to want more: it does when the client has taken what there was. */
  readonly #wait = new Deadline<Waiting>(this);
  #controller: Controller | null = null;
  #sent = 0;
  #over = false;

  constructor(shared: ServeShared, owner: StreamOwner, body: BodyStream) {
    this.#shared = shared;
    this.#owner = owner;
    this.#body = body;
  }

  start(controller: Controller): void {
    this.#controller = controller;
    this.#shared.idle.arm(this.#wait, this.#shared.clock.now());
  }

  pull(): undefined | Promise<void> {
    this.#wait.disarm();
    if (this.#over) return undefined;
    try {
      const chunk = this.#body.read();
      if (chunk instanceof Promise) return chunk.then(this.#deliver, this.#break);
      this.#handOver(chunk);
    } catch (error) {
      this.#break(error);
    }
    return undefined;
  }

  /** The runtime gives the stream up: the client has gone. */
  cancel(): void {
    this.abandon("client_closed");
  }

  waitedTooLong(): void {
    this.abandon("client_idle_timeout");
  }

  /** Breaks the answer off. */
  abandon(reason: FailureReason): void {
    if (this.#over) return;
    this.#end(reason);
    this.#body.cancel();
    this.#reset();
  }

  readonly #deliver = (chunk: Uint8Array | null): void => {
    if (this.#over) return;
    try {
      this.#handOver(chunk);
    } catch (error) {
      this.#break(error);
    }
  };

  #handOver(chunk: Uint8Array | null): void {
    const { length } = this.#body;
    if (chunk === null) {
      if (length === undefined || length === this.#sent) this.#close();
      else this.#break(new ProxError("upstream_truncated", "upstream"));
      return;
    }
    const excess = length === undefined ? 0 : this.#sent + chunk.length - length;
    const piece = excess > 0 ? chunk.subarray(0, chunk.length - excess) : chunk;
    this.#sent += piece.length;
    if (piece.length > 0) this.#controller?.enqueue(piece);
    if (excess > 0) {
      // More than was announced is nobody's: it is cut.
      this.#body.cancel();
      this.#close();
      return;
    }
    this.#shared.idle.arm(this.#wait, this.#shared.clock.now());
  }

  readonly #break = (error: unknown): void => {
    if (this.#over) return;
    if (!(error instanceof ProxError)) {
      this.#shared.log.log("error", "response body failed", { error: String(error) });
    }
    this.#end(error instanceof ProxError ? error.reason : "internal_error");
    this.#body.cancel();
    this.#reset();
  };

  #close(): void {
    this.#end(undefined);
    this.#controller?.close();
  }

  /**
   * Only an error resets the connection: closing early would look like a complete answer. It has no
   * cause: the runtime prints those of answers that have not begun.
   */
  #reset(): void {
    try {
      this.#controller?.error();
    } catch {
      // The runtime has let go of the stream already.
    }
  }

  #end(failure: FailureReason | undefined): void {
    this.#over = true;
    this.#wait.disarm();
    this.#owner.streamOver(this.#sent, failure);
  }
}
