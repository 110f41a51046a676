import type { Socket, TCPSocketListener } from "bun";
import { GOOD_RESPONSES, HEAD_RESPONSE, randomResponse, UNTIL_CLOSE_RESPONSE } from "./messages.ts";
import type { Random } from "./random.ts";
import { readRequest, type StrictMessage } from "./strict-reader.ts";

const IDEMPOTENT = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"]);
const REMEMBERED = 100_000;

interface Recording {
  /** Bytes not yet taken apart. */
  text: string;
  /** An upgrade went through, or an answer that ends with the connection: nothing is read any more. */
  deaf: boolean;
}

/**
 * An upstream that takes everything apart with the strict reader and answers well, badly, early or
 * not at all.
 */
export class RecordingUpstream {
  requests = 0;
  mutatedAnswers = 0;
  /** Fed with what Prox sent that could be read in two ways, or that no client sent through it. */
  readonly problems: string[] = [];
  readonly #random: Random;
  readonly #listener: TCPSocketListener<Recording>;
  readonly #times = new Map<string, number>();

  constructor(random: Random) {
    this.#random = random;
    this.#listener = Bun.listen<Recording>({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        open: (socket) => {
          socket.data = { text: "", deaf: false };
        },
        data: (socket, chunk) => this.#take(socket, chunk.toString("latin1")),
      },
    });
  }

  get port(): number {
    return this.#listener.port;
  }

  /** Closes the listening socket and all connections. */
  stop(): void {
    this.#listener.stop(true);
  }

  #take(socket: Socket<Recording>, more: string): void {
    const { data } = socket;
    if (data.deaf) return;
    data.text += more;
    for (;;) {
      if (data.text === "") return;
      const request = readRequest(data.text, 0);
      if (request === null) {
        if (this.#random.chance(0.02)) this.#answerEarly(socket);
        return;
      }
      if ("problem" in request) {
        data.deaf = true;
        this.#report(request.problem, data.text);
        socket.end();
        return;
      }
      this.#check(request, data.text);
      data.text = data.text.slice(request.end);
      this.requests++;
      this.#answer(socket, request);
      if (data.deaf) return;
    }
  }

  /**
   * A request inside of another's body carries no fields of Prox's own. One that comes again is a
   * retry: once at most, and never of a method that is not idempotent.
   */
  #check({ fields, method, target }: StrictMessage, text: string): void {
    const ids = fields.filter(([name]) => name === "x-request-id");
    const [[, id = ""] = []] = ids;
    if (ids.length !== 1) this.#report(`smuggled request ${target}`, text);
    const times = (this.#times.get(id) ?? 0) + 1;
    if (times > (IDEMPOTENT.has(method) ? 2 : 1)) this.#report(`request sent ${times} times`, text);
    if (this.#times.size > REMEMBERED) this.#times.clear();
    this.#times.set(id, times);
  }

  #report(problem: string, text: string): void {
    if (this.problems.length < 20) this.problems.push(`${problem} in ${JSON.stringify(text)}`);
  }

  #answer(socket: Socket<Recording>, { method }: StrictMessage): void {
    const random = this.#random;
    if (random.chance(0.4)) {
      this.mutatedAnswers++;
      this.#send(socket, randomResponse(random));
      // One that stays open must wait for a deadline of Prox: few of them.
      if (random.chance(0.98)) close(socket);
      return;
    }
    if (method === "HEAD") this.#send(socket, HEAD_RESPONSE);
    else if (random.chance(0.1)) {
      this.#send(socket, UNTIL_CLOSE_RESPONSE);
      close(socket);
    } else this.#send(socket, random.pick(GOOD_RESPONSES));
    if (random.chance(0.05)) close(socket);
  }

  #answerEarly(socket: Socket<Recording>): void {
    this.#send(socket, "HTTP/1.1 413 Early\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    close(socket);
  }

  /** Sometimes in two pieces, sometimes cut short by a reset. */
  #send(socket: Socket<Recording>, text: string): void {
    const bytes = Buffer.from(text, "latin1");
    if (this.#random.chance(0.02)) {
      socket.data.deaf = true;
      socket.write(bytes.subarray(0, this.#random.below(bytes.length)));
      socket.terminate();
      return;
    }
    const cut = this.#random.chance(0.2) ? this.#random.below(bytes.length) : 0;
    if (cut > 0) {
      socket.write(bytes.subarray(0, cut));
      socket.flush();
    }
    socket.write(bytes.subarray(cut));
  }
}

function close(socket: Socket<Recording>): void {
  socket.data.deaf = true;
  socket.end();
}
