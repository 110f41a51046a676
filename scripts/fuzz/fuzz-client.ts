import type { Socket } from "bun";
import { randomRequest } from "./messages.ts";
import { Random } from "./random.ts";
import { readResponse } from "./strict-reader.ts";

/** No connection may live longer, whatever it sent: all deadlines of the configuration are shorter. */
const PATIENCE_MS = 30_000;

interface Attempt {
  /** What is still to be sent, in pieces. */
  readonly pieces: Buffer[];
  received: string;
  readonly finished: () => void;
}

/** What came of one connection. */
export interface AttemptResult {
  readonly messages: number;
  readonly sent: string;
  readonly received: string;
  /** Rule that was broken; null where all is well. */
  readonly problem: string | null;
}

/** Sends a few random messages over one connection and waits until Prox has closed it. */
export async function attempt(port: number, seed: number): Promise<AttemptResult> {
  const random = new Random(seed);
  const messages = 1 + random.below(3);
  let sent = "";
  for (let i = 0; i < messages; i++) sent += randomRequest(random);
  const { promise, resolve } = Promise.withResolvers<void>();
  const state: Attempt = { pieces: split(sent, random), received: "", finished: resolve };
  const socket = await connect(port, state);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    socket.terminate();
    resolve();
  }, PATIENCE_MS);
  await sendAll(socket, state.pieces);
  if (random.chance(0.03)) socket.terminate();
  // The rest is left open: Prox must close it by its own deadlines.
  else if (random.chance(0.99)) socket.shutdown();
  await promise;
  clearTimeout(timer);
  const { received } = state;
  const problem = late ? "neither answered nor closed" : answersProblem(sent, received);
  return { messages, sent, received, problem };
}

/** Sends one plain request and tells whether it was answered in time. */
export async function isAlive(port: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/alive`, {
      signal: AbortSignal.timeout(5000),
      headers: { connection: "close" },
    });
    await answer.arrayBuffer();
    return answer.status > 0;
  } catch (error) {
    // The upstream may have broken the transfer on purpose: that is an answer too.
    return !(error instanceof Error && (error.name === "TimeoutError" || isRefused(error)));
  }
}

function isRefused(error: Error): boolean {
  return "code" in error && error.code === "ConnectionRefused";
}

function connect(port: number, state: Attempt): Promise<Socket<Attempt>> {
  return Bun.connect<Attempt>({
    hostname: "127.0.0.1",
    port,
    allowHalfOpen: true,
    data: state,
    socket: HANDLERS,
  });
}

const HANDLERS = {
  data(socket: Socket<Attempt>, chunk: Buffer): void {
    socket.data.received += chunk.toString("latin1");
  },
  end(socket: Socket<Attempt>): void {
    socket.end();
  },
  close(socket: Socket<Attempt>): void {
    socket.data.finished();
  },
  error(socket: Socket<Attempt>): void {
    socket.data.finished();
  },
};

async function sendAll(socket: Socket<Attempt>, pieces: readonly Buffer[]): Promise<void> {
  for (const [i, piece] of pieces.entries()) {
    // Messages are far smaller than a socket's buffer; what a closed socket does not take is no loss.
    socket.write(piece);
    if (i < pieces.length - 1) await new Promise((resolve) => setImmediate(resolve));
  }
}

function split(text: string, random: Random): Buffer[] {
  const bytes = Buffer.from(text, "latin1");
  if (random.chance(0.6)) return [bytes];
  const cuts = Array.from({ length: 1 + random.below(6) }, () => random.below(bytes.length));
  const ends = [...cuts.sort((a, b) => a - b), bytes.length];
  return ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
}

/** Answers to HEAD can not be told from others here: such connections are only waited for. */
function answersProblem(sent: string, received: string): string | null {
  if (/head/i.test(sent) || / 101 /.test(received)) return null;
  let at = 0;
  while (at < received.length) {
    const answer = readResponse(received, at);
    // Missing bytes: the transfer was broken off, which the closed connection has told.
    if (answer === null) return null;
    if ("problem" in answer) return answer.problem;
    if (answer.end === undefined) return null;
    at = answer.end;
  }
  return null;
}
