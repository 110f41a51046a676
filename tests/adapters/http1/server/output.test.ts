import { describe, expect, test } from "bun:test";
import { Output } from "../../../../src/adapters/http1/server/output.ts";
import type { ByteStream } from "../../../../src/ports/byte-stream.ts";

/** A stream whose kernel takes what a test allows. */
class FakeStream implements ByteStream {
  readonly remoteAddress = "127.0.0.1";
  readonly localPort = 1;
  readonly writes: string[] = [];
  room = Number.POSITIVE_INFINITY;
  gone = false;

  write(bytes: Uint8Array): number {
    if (this.gone) return -1;
    const taken = Math.min(this.room, bytes.length);
    this.room -= taken;
    this.writes.push(Buffer.from(bytes.subarray(0, taken)).toString("latin1"));
    return taken;
  }

  get text(): string {
    return this.writes.join("");
  }

  pause(): void {}
  resume(): void {}
  shutdown(): void {}
  end(): void {}
  terminate(): void {}
}

function outputOf(room = Number.POSITIVE_INFINITY): { stream: FakeStream; output: Output } {
  const stream = new FakeStream();
  stream.room = room;
  return { stream, output: new Output(stream) };
}

describe("Output", () => {
  test("joins small pieces to one write", () => {
    const { stream, output } = outputOf();
    output.text("head ");
    output.bytes(Buffer.from("body"));
    output.flush();
    expect(stream.writes).toEqual(["head body"]);
    expect(output.blocked).toBe(false);
  });

  test("fills one write before it sends the rest of a large chunk as it is", () => {
    const { stream, output } = outputOf();
    const large = Buffer.alloc(200_000, "x");
    output.text("head ");
    output.bytes(large);
    output.text("tail");
    output.flush();
    expect(stream.writes.map((w) => w.length)).toEqual([81_920, 118_085, 4]);
    expect(stream.text).toBe(`head ${large.toString()}tail`);
  });

  test("sends text longer than its scratch", () => {
    const { stream, output } = outputOf();
    const long = "é".repeat(70_000);
    output.text("a");
    output.text(long);
    output.flush();
    expect(stream.text).toBe(`a${long}`);
  });

  test("keeps what the kernel does not take, in order, whatever happens to the scratch", () => {
    const { stream, output } = outputOf(3);
    output.text("abcdef");
    output.flush();
    expect(output.blocked).toBe(true);
    const other = outputOf();
    other.output.text("XXXXXXXXX");
    other.output.flush();
    output.text("ghi");
    output.flush();
    expect(output.waiting).toBe(6);
    stream.room = 4;
    expect(output.drain()).toBe(true);
    expect(output.blocked).toBe(true);
    expect(output.drain()).toBe(false);
    stream.room = 100;
    output.drain();
    expect(output.blocked).toBe(false);
    expect(stream.text).toBe("abcdefghi");
  });

  test("does not copy the rest of a large chunk", () => {
    const { stream, output } = outputOf(10);
    const large = Buffer.alloc(100_000, "x");
    output.bytes(large);
    output.flush();
    large.fill("y");
    stream.room = 1_000_000;
    output.drain();
    expect(stream.text).toBe(`${"x".repeat(10)}${"y".repeat(99_990)}`);
  });

  test("is lost when the stream takes nothing any more", () => {
    const { stream, output } = outputOf(2);
    output.text("abc");
    output.flush();
    stream.gone = true;
    output.drain();
    expect(output.lost).toBe(true);
    expect(output.blocked).toBe(false);
    output.text("more");
    output.flush();
    expect(output.waiting).toBe(0);
  });

  test("lets go of a chunk of which a small part waits, by copying that part", () => {
    const chunk = Buffer.alloc(100_000, "x");
    chunk.fill("y", 90_000);
    const { stream, output } = outputOf(90_000);
    output.bytes(chunk);
    expect(output.letGo(chunk)).toBe(true);
    chunk.fill("z");
    stream.room = Number.POSITIVE_INFINITY;
    output.drain();
    expect(stream.writes.at(-1)).toBe("y".repeat(10_000));
  });

  test("keeps hold of a chunk that waits nearly whole", () => {
    const { output } = outputOf(1);
    const chunk = Buffer.alloc(100_000, "x");
    output.bytes(chunk);
    expect(output.letGo(chunk)).toBe(false);
  });

  test("has nothing to let go of when all is sent", () => {
    const { output } = outputOf();
    const chunk = Buffer.alloc(100_000, "x");
    output.bytes(chunk);
    expect(output.letGo(chunk)).toBe(true);
    expect(output.blocked).toBe(false);
  });
});
