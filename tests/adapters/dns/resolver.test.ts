import { expect, test } from "bun:test";
import { createResolver } from "../../../src/adapters/dns/resolver.ts";
import type { Resolver } from "../../../src/ports/resolver.ts";

/** A resolver over answers that the test gives, on a clock that it turns. */
function scripted() {
  const asked: string[] = [];
  const answers: (readonly string[] | Error | Promise<readonly string[]>)[] = [];
  const clock = { now: 0 };
  const resolver = createResolver({
    freshFor: 5000,
    failedFor: 1000,
    patience: 10,
    now: () => clock.now,
    lookup: async (name) => {
      asked.push(name);
      const answer = answers.shift();
      if (answer === undefined) throw new Error("no answer prepared");
      if (answer instanceof Error) throw answer;
      return answer;
    },
  });
  return { resolver, asked, answers, clock };
}

async function ask(resolver: Resolver): Promise<readonly string[]> {
  return resolver.resolve("a.test");
}

test.each(["127.0.0.1", "::1", "fe80::1"])(
  "the literal %s is its own address, at once",
  (literal) => {
    expect(createResolver().resolve(literal)).toEqual([literal]);
  },
);

test.each(["localhost", "LOCALHOST", "app.localhost"])(
  "%s is the loopback in both families",
  (name) => {
    const { resolver, asked } = scripted();
    expect(resolver.resolve(name)).toEqual(["127.0.0.1", "::1"]);
    expect(asked).toEqual([]);
  },
);

test("an answer is used until it is old", async () => {
  const { resolver, asked, answers, clock } = scripted();
  answers.push(["10.0.0.1"], ["10.0.0.2"]);
  expect(await resolver.resolve("a.test")).toEqual(["10.0.0.1"]);
  clock.now = 4999;
  expect(resolver.resolve("A.test")).toEqual(["10.0.0.1"]);
  clock.now = 5000;
  expect(await resolver.resolve("a.test")).toEqual(["10.0.0.2"]);
  expect(asked).toEqual(["a.test", "a.test"]);
});

test("lookups under way are shared", async () => {
  const { resolver, asked, answers } = scripted();
  answers.push(["10.0.0.1"]);
  const both = await Promise.all([resolver.resolve("a.test"), resolver.resolve("a.test")]);
  expect(both).toEqual([["10.0.0.1"], ["10.0.0.1"]]);
  expect(asked.length).toBe(1);
});

test("a failure is remembered shortly", async () => {
  const { resolver, asked, answers, clock } = scripted();
  answers.push(new Error("gone"), ["10.0.0.1"]);
  await expect(ask(resolver)).rejects.toThrow("gone");
  await expect(ask(resolver)).rejects.toThrow("gone");
  expect(asked.length).toBe(1);
  clock.now = 1000;
  expect(await resolver.resolve("a.test")).toEqual(["10.0.0.1"]);
});

test("no address is a failure", async () => {
  const { resolver, answers } = scripted();
  answers.push([]);
  await expect(ask(resolver)).rejects.toThrow("a.test has no address");
});

test("the last good answer survives a failed lookup", async () => {
  const { resolver, answers, clock } = scripted();
  answers.push(["10.0.0.1"], new Error("gone"), ["10.0.0.2"]);
  await resolver.resolve("a.test");
  clock.now = 6000;
  expect(await resolver.resolve("a.test")).toEqual(["10.0.0.1"]);
  clock.now = 7000;
  expect(await resolver.resolve("a.test")).toEqual(["10.0.0.2"]);
});

test("a slow lookup does not hold up who has an older answer", async () => {
  const { resolver, answers, clock } = scripted();
  const slow = Promise.withResolvers<readonly string[]>();
  answers.push(["10.0.0.1"], slow.promise);
  await resolver.resolve("a.test");
  clock.now = 6000;
  expect(await resolver.resolve("a.test")).toEqual(["10.0.0.1"]);
  slow.resolve(["10.0.0.2"]);
  await Bun.sleep(0);
  expect(resolver.resolve("a.test")).toEqual(["10.0.0.2"]);
});

test("the system is asked for names", async () => {
  const addresses = await createResolver().resolve((await import("node:os")).hostname());
  expect(addresses.length).toBeGreaterThan(0);
});
