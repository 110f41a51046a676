import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BatchedLineSink, type WriteCall } from "../../../src/adapters/disk/line-sink.ts";
import { FakeClock } from "../../support/fake-ports.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "prox-log-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** One call of `write` that waits for the test to say what came of it. */
interface PendingWrite {
  readonly descriptor: number;
  readonly text: string;
  /** It took so many bytes; all where none is given. */
  took(bytes?: number): void;
  failed(code: string): void;
}

function sinkOf(given: { readonly path?: string; readonly write?: WriteCall } = {}) {
  const clock = new FakeClock();
  const lost: [number, unknown][] = [];
  const sink = new BatchedLineSink({
    path: join(folder, "access.log"),
    clock,
    onLost: (count, cause) => lost.push([count, cause]),
    ...given,
  });
  return { sink, clock, lost };
}

/** A sink on a descriptor that the test controls. */
function heldSink() {
  const writes: PendingWrite[] = [];
  const write: WriteCall = (descriptor, bytes, { offset, length }, done) => {
    const text = Buffer.from(bytes).toString("latin1", offset, offset + length);
    writes.push({
      descriptor,
      text,
      took: (count = length) => done(null, count),
      failed: (code) => done(Object.assign(new Error(code), { code }), 0),
    });
  };
  const nth = (index: number): PendingWrite => {
    const found = writes[index];
    if (found === undefined) throw new Error(`no write ${index}`);
    return found;
  };
  return { writes, nth, ...sinkOf({ write }) };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await Bun.sleep(1);
}

const content = (name = "access.log"): string => readFileSync(join(folder, name), "utf8");

describe("BatchedLineSink on a file", () => {
  test("appends lines, in order", async () => {
    const { sink } = sinkOf();
    sink.write(Buffer.from("one"));
    await sink.flush();
    sink.write(Buffer.from("two"));
    sink.write(Buffer.from("three"));
    await sink.flush();
    expect(content()).toBe("one\ntwo\nthree\n");
    const { sink: next } = sinkOf();
    next.write(Buffer.from("four"));
    await next.flush();
    expect(content()).toBe("one\ntwo\nthree\nfour\n");
  });

  test("makes a file that others cannot read", () => {
    sinkOf();
    expect(statSync(join(folder, "access.log")).mode & 0o007).toBe(0);
  });

  test("writes by itself after a while", async () => {
    const { sink } = sinkOf();
    sink.write(Buffer.from("one"));
    await until(() => content() === "one\n");
  });

  test("has nothing to wait for where nothing was written", async () => {
    await sinkOf().sink.flush();
    expect(content()).toBe("");
  });

  test("writes more than one batch, and lines longer than a batch", async () => {
    const { sink, lost } = sinkOf();
    const long = "x".repeat(200_000);
    const lines = Array.from({ length: 3000 }, (_, i) => `${i} ${"y".repeat(100)}`);
    for (const line of [long, ...lines, long]) sink.write(Buffer.from(line));
    await sink.flush();
    expect(content()).toBe(`${[long, ...lines, long].join("\n")}\n`);
    expect(lost).toEqual([]);
  });

  test.each([131_070, 131_071, 131_072, 131_073])(
    "keeps a line of %d bytes whole",
    async (size) => {
      const { sink } = sinkOf();
      sink.write(Buffer.from("before"));
      sink.write(Buffer.from("x".repeat(size)));
      sink.write(Buffer.from("after"));
      await sink.flush();
      expect(content()).toBe(`before\n${"x".repeat(size)}\nafter\n`);
    },
  );

  test("goes on in a new file after a rotation, without losing a line", async () => {
    const { sink } = sinkOf();
    sink.write(Buffer.from("old"));
    await sink.flush();
    sink.write(Buffer.from("late"));
    renameSync(join(folder, "access.log"), join(folder, "access.log.1"));
    sink.reopen();
    sink.write(Buffer.from("new"));
    await sink.flush();
    expect(content("access.log.1") + content()).toBe("old\nlate\nnew\n");
    expect(content()).toEndWith("new\n");
  });

  test("keeps the old file where the new one cannot be opened", async () => {
    const { sink } = sinkOf();
    renameSync(folder, `${folder}-moved`);
    expect(() => sink.reopen()).toThrow("ENOENT");
    renameSync(`${folder}-moved`, folder);
    sink.write(Buffer.from("still"));
    await sink.flush();
    expect(content()).toBe("still\n");
  });

  test("throws where the file cannot be opened at all", () => {
    expect(() => sinkOf({ path: join(folder, "no", "access.log") })).toThrow("ENOENT");
  });

  test("counts the lines that a full disk takes not", async () => {
    const { sink, lost } = sinkOf({ path: "/dev/full" });
    sink.write(Buffer.from("one"));
    sink.write(Buffer.from("two"));
    await sink.flush();
    expect(lost).toEqual([[2, expect.objectContaining({ code: "ENOSPC" })]]);
  });

  test("reopening standard output does nothing", () => {
    const clock = new FakeClock();
    new BatchedLineSink({ path: null, clock, onLost() {} }).reopen();
  });
});

describe("BatchedLineSink on a descriptor in trouble", () => {
  test("tries a full pipe again, with what is left", async () => {
    const { sink, writes, nth, lost } = heldSink();
    sink.write(Buffer.from("one"));
    const flushed = sink.flush();
    nth(0).took(2);
    nth(1).failed("EAGAIN");
    await until(() => writes.length === 3);
    expect(nth(2).text).toBe("e\n");
    nth(2).took();
    await flushed;
    expect(lost).toEqual([]);
  });

  test("keeps a write together where the file is opened anew in between", async () => {
    const { sink, writes, nth } = heldSink();
    sink.write(Buffer.from("one"));
    void sink.flush();
    nth(0).took(2);
    sink.write(Buffer.from("two"));
    sink.reopen();
    expect(nth(1)).toMatchObject({ text: "e\n", descriptor: nth(0).descriptor });
    nth(1).took();
    expect(nth(2).text).toBe("two\n");
    expect(nth(2).descriptor).not.toBe(nth(0).descriptor);
    nth(2).took();
    expect(writes).toHaveLength(3);
  });

  test("collects what comes while a write is stuck in one batch", async () => {
    const { sink, writes, nth } = heldSink();
    sink.write(Buffer.from("first"));
    void sink.flush();
    for (let i = 0; i < 2; i++) {
      sink.write(Buffer.from(`line ${i}`));
      // Longer than lines wait for company.
      await Bun.sleep(270);
    }
    expect(writes).toHaveLength(1);
    nth(0).took();
    expect(nth(1).text).toBe("line 0\nline 1\n");
  });

  test("drops lines where too much waits, tells so soon, and goes on when it can", async () => {
    const { sink, nth, writes, clock, lost } = heldSink();
    const line = "x".repeat(999);
    for (let i = 0; i < 12_000; i++) sink.write(Buffer.from(line));
    expect(lost).toEqual([[1, undefined]]);
    clock.advance(10_000);
    sink.write(Buffer.from(line));
    const [, [second = 0] = []] = lost;
    expect(second).toBeGreaterThan(3000);
    // What it keeps is bounded: 8 MiB and the batch at hand.
    expect(12_001 - second - 1).toBeLessThan(8_600);
    void sink.flush();
    for (let i = 0; i < writes.length; i++) nth(i).took();
    sink.write(Buffer.from("after"));
    void sink.flush();
    expect(writes.at(-1)?.text === "after\n").toBe(true);
  });

  test("does not tell of each loss on a disk that stays full", () => {
    const { sink, nth, clock, lost } = heldSink();
    for (let i = 0; i < 5; i++) {
      sink.write(Buffer.from("one"));
      void sink.flush();
      nth(i).failed("ENOSPC");
    }
    expect(lost).toHaveLength(1);
    clock.advance(10_000);
    sink.write(Buffer.from("one"));
    void sink.flush();
    nth(5).failed("ENOSPC");
    expect(lost[1]).toEqual([5, expect.objectContaining({ code: "ENOSPC" })]);
  });

  test("does not let a torn line swallow the next one", () => {
    const { sink, nth, lost } = heldSink();
    sink.write(Buffer.from("one"));
    sink.write(Buffer.from("two"));
    void sink.flush();
    nth(0).took(6);
    nth(1).failed("ENOSPC");
    expect(lost[0]?.[0]).toBe(1);
    sink.write(Buffer.from("three"));
    void sink.flush();
    nth(2).failed("ENOSPC");
    sink.write(Buffer.from("four"));
    void sink.flush();
    expect(nth(3).text).toBe("\nfour\n");
    nth(3).took();
    sink.write(Buffer.from("five"));
    void sink.flush();
    expect(nth(4).text).toBe("five\n");
  });

  test("needs no such care where the failed write ended with a line", () => {
    const { sink, nth } = heldSink();
    sink.write(Buffer.from("one"));
    sink.write(Buffer.from("two"));
    void sink.flush();
    nth(0).took(4);
    nth(1).failed("ENOSPC");
    sink.write(Buffer.from("three"));
    void sink.flush();
    expect(nth(2).text).toBe("three\n");
  });
});
