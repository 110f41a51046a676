import { expect, test } from "bun:test";
import { DialAttempt } from "../../../src/adapters/tcp/dial-attempt.ts";
import { DialMemory } from "../../../src/adapters/tcp/dial-memory.ts";
import type { UpstreamAddress } from "../../../src/ports/upstream-client.ts";

const NOBODY = { attemptSucceeded: () => undefined, attemptFailed: () => undefined };

test("connects that the kernel still tries are counted until it lets go", async () => {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const target: UpstreamAddress = {
    id: "a",
    scheme: "http",
    hostname: "up.test",
    port: listener.port,
  };
  const memory = new DialMemory();
  const attempts = Array.from({ length: 128 }, () => new DialAttempt(target, "127.0.0.1", NOBODY));
  const [first] = attempts;
  for (const attempt of attempts) {
    expect(memory.crowded(attempt.place)).toBe(false);
    attempt.start();
    memory.abandon(attempt);
  }
  expect(memory.crowded(first?.place ?? "")).toBe(true);
  while (memory.crowded(first?.place ?? "")) await Bun.sleep(1);
  listener.stop(true);
});

test("an address that was missed goes last until it is reached", () => {
  const target: UpstreamAddress = { id: "a", scheme: "http", hostname: "up.test", port: 80 };
  const memory = new DialMemory();
  memory.missed("10.0.0.1:80");
  for (let i = 0; i < 4; i++) {
    expect(memory.order(target, ["10.0.0.1", "10.0.0.2"])).toEqual(["10.0.0.2", "10.0.0.1"]);
  }
  memory.reached("10.0.0.1:80");
  const firsts = new Set<string | undefined>();
  for (let i = 0; i < 2; i++) firsts.add(memory.order(target, ["10.0.0.1", "10.0.0.2"])[0]);
  expect(firsts.size).toBe(2);
});
