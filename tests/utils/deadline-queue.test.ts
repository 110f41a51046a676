import { describe, expect, test } from "bun:test";
import { Deadline, DeadlineQueue } from "../../src/utils/deadline-queue.ts";

function expired(queue: DeadlineQueue<string>, now: number): string[] {
  const owners: string[] = [];
  queue.expire(now, (owner) => owners.push(owner));
  return owners;
}

describe("DeadlineQueue", () => {
  test("expires what is due, in arming order, once", () => {
    const queue = new DeadlineQueue<string>(100);
    queue.arm(new Deadline("a"), 0);
    queue.arm(new Deadline("b"), 10);
    queue.arm(new Deadline("c"), 50);
    expect(expired(queue, 99)).toEqual([]);
    expect(expired(queue, 110)).toEqual(["a", "b"]);
    expect(expired(queue, 110)).toEqual([]);
    expect(expired(queue, 150)).toEqual(["c"]);
  });

  test("starts the wait anew when an armed one is armed again", () => {
    const queue = new DeadlineQueue<string>(100);
    const first = new Deadline("a");
    queue.arm(first, 0);
    queue.arm(new Deadline("b"), 20);
    queue.arm(first, 40);
    expect(expired(queue, 120)).toEqual(["b"]);
    expect(expired(queue, 140)).toEqual(["a"]);
  });

  test.each([[0], [1], [2]])(
    "disarms the entry at position %d and keeps the others",
    (position) => {
      const queue = new DeadlineQueue<string>(10);
      const entries = ["a", "b", "c"].map((owner) => new Deadline(owner));
      for (const entry of entries) queue.arm(entry, 0);
      entries[position]?.disarm();
      entries[position]?.disarm();
      expect(expired(queue, 10)).toEqual(["a", "b", "c"].filter((_, i) => i !== position));
    },
  );

  test("moves a wait from one class to another", () => {
    const short = new DeadlineQueue<string>(10);
    const long = new DeadlineQueue<string>(1000);
    const entry = new Deadline("a");
    short.arm(entry, 0);
    long.arm(entry, 0);
    expect(expired(short, 500)).toEqual([]);
    expect(expired(long, 1000)).toEqual(["a"]);
  });

  test("never expires in a class of 0, and arming there ends an earlier wait", () => {
    const never = new DeadlineQueue<string>(0);
    const other = new DeadlineQueue<string>(10);
    const entry = new Deadline("a");
    other.arm(entry, 0);
    never.arm(entry, 0);
    expect(expired(never, Number.MAX_SAFE_INTEGER)).toEqual([]);
    expect(expired(other, Number.MAX_SAFE_INTEGER)).toEqual([]);
  });

  test("survives arming and disarming while it expires", () => {
    const queue = new DeadlineQueue<string>(10);
    const first = new Deadline("a");
    const second = new Deadline("b");
    queue.arm(first, 0);
    queue.arm(second, 0);
    const seen: string[] = [];
    queue.expire(10, (owner) => {
      seen.push(owner);
      second.disarm();
      queue.arm(first, 10);
    });
    expect(seen).toEqual(["a"]);
    expect(expired(queue, 20)).toEqual(["a"]);
  });
});
