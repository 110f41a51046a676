/**
 * The benchmark's upstream: answers `GET /SIZE` with SIZE bytes and any POST with 200, from buffers
 * made in advance. It reads just enough HTTP to frame the well-formed requests of a proxy under
 * test, so that its own cost is as small as can be. `bun scripts/bench/upstream.ts PORT`
 */
import type { Socket } from "bun";

interface Exchange {
  /** Bytes of a request body that are still to come. */
  bodyLeft: number;
  /** The part of a head that came without its end. */
  head: string;
  /** What the kernel did not take yet. */
  unsent: Uint8Array | null;
}

const MAX_SIZE = 16 * 1024 * 1024;
const answers = new Map<number, Uint8Array>();

Bun.listen<Exchange>({
  hostname: "127.0.0.1",
  port: Number(process.argv[2] ?? 0),
  socket: {
    open(socket) {
      socket.data = { bodyLeft: 0, head: "", unsent: null };
    },
    data: receive,
    drain(socket) {
      const rest = socket.data.unsent;
      socket.data.unsent = null;
      if (rest !== null) send(socket, rest);
    },
  },
});

function receive(socket: Socket<Exchange>, chunk: Buffer): void {
  const exchange = socket.data;
  let offset = 0;
  while (offset < chunk.length) {
    if (exchange.bodyLeft > 0) {
      const taken = Math.min(exchange.bodyLeft, chunk.length - offset);
      exchange.bodyLeft -= taken;
      offset += taken;
      if (exchange.bodyLeft === 0) send(socket, answer(200));
      continue;
    }
    const text = exchange.head + chunk.toString("latin1", offset);
    const end = text.indexOf("\r\n\r\n");
    if (end === -1) {
      exchange.head = text;
      return;
    }
    offset += end + 4 - exchange.head.length;
    exchange.head = "";
    startAnswer(socket, text.slice(0, end));
  }
}

function startAnswer(socket: Socket<Exchange>, head: string): void {
  if (head.startsWith("GET /")) {
    send(socket, answer(Number.parseInt(head.slice(5), 10)));
    return;
  }
  socket.data.bodyLeft = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
  if (socket.data.bodyLeft === 0) send(socket, answer(200));
}

function send(socket: Socket<Exchange>, bytes: Uint8Array): void {
  const taken = socket.write(bytes);
  if (taken >= 0 && taken < bytes.length) socket.data.unsent = bytes.subarray(taken);
}

/** Builds the answer of a size once. */
function answer(size: number): Uint8Array {
  const bytes = Math.min(Number.isNaN(size) ? 0 : size, MAX_SIZE);
  let known = answers.get(bytes);
  if (known === undefined) {
    const head = `HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: ${bytes}\r\n\r\n`;
    known = Buffer.concat([Buffer.from(head), Buffer.alloc(bytes, "x")]);
    answers.set(bytes, known);
  }
  return known;
}
