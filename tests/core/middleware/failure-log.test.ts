import { describe, expect, test } from "bun:test";
import { FailureLog } from "../../../src/core/middleware/failure-log.ts";
import { ProxError } from "../../../src/ports/failure.ts";
import { fakeContext } from "../../support/fake-context.ts";
import { FakeClock, MemoryLogger } from "../../support/fake-ports.ts";

function scene() {
  const clock = new FakeClock();
  const logger = new MemoryLogger();
  return { clock, logger, log: new FailureLog(logger, clock) };
}

const refused = new ProxError("upstream_connect_refused", "upstream", {
  cause: new Error("connect ECONNREFUSED 10.0.0.9:80"),
});
const routed = fakeContext({ route: "/api", upstream: "http://10.0.0.9:80" });

describe("FailureLog", () => {
  test("warns of an upstream's failure, with its cause", () => {
    const { log, logger } = scene();
    log.record(routed, refused);
    expect(logger.lines).toEqual([
      {
        level: "warn",
        message: "upstream_connect_refused",
        fields: {
          route: "/api",
          upstream: "http://10.0.0.9:80",
          request_id: "0123456789abcdef0123456789abcdef",
          cause: "connect ECONNREFUSED 10.0.0.9:80",
          suppressed: undefined,
        },
      },
    ]);
  });

  test.each([
    ["a cause in words", "took nothing for 5 s", "took nothing for 5 s"],
    ["no cause", undefined, undefined],
  ])("takes %s as it is", (_, cause, logged) => {
    const { log, logger } = scene();
    log.record(routed, new ProxError("upstream_timeout_idle", "upstream", { cause }));
    expect(logger.lines[0]?.fields["cause"]).toBe(logged);
  });

  test("tells of the client's failures at debug level only", () => {
    const { log, logger } = scene();
    log.record(fakeContext(), new ProxError("client_closed", "downstream"));
    expect(logger.lines[0]).toMatchObject({
      level: "debug",
      message: "client_closed",
      fields: { route: undefined, upstream: undefined },
    });
  });

  const bug = new TypeError("x is undefined");
  test.each([
    ["thrown", bug],
    ["wrapped", new ProxError("internal_error", "internal", { cause: bug })],
  ])("tells of Prox's own faults as errors, with their stack: %s", (_, error) => {
    const { log, logger } = scene();
    log.record(routed, error);
    expect(logger.lines[0]).toMatchObject({ level: "error", message: "internal_error" });
    expect(logger.lines[0]?.fields["cause"]).toStartWith("TypeError: x is undefined\n");
  });

  test("tells of what is thrown without being an Error", () => {
    const { log, logger } = scene();
    log.record(routed, "text");
    expect(logger.lines[0]).toMatchObject({ level: "error", fields: { cause: "text" } });
  });

  test("tells the same only once in ten seconds, and then how often it was", () => {
    const { log, logger, clock } = scene();
    for (let i = 0; i < 5; i++) log.record(routed, refused);
    clock.advance(9_999);
    log.record(routed, refused);
    expect(logger.lines).toHaveLength(1);
    clock.advance(1);
    log.record(routed, refused);
    expect(logger.lines[1]?.fields["suppressed"]).toBe(5);
    clock.advance(10_000);
    log.record(routed, refused);
    expect(logger.lines[2]?.fields["suppressed"]).toBeUndefined();
  });

  test("tells of each reason, upstream and route by itself", () => {
    const { log, logger } = scene();
    log.record(routed, refused);
    log.record(routed, new ProxError("upstream_reset", "upstream"));
    log.record(fakeContext({ route: "/api", upstream: "http://10.0.0.8:80" }), refused);
    log.record(fakeContext({ route: "/b", upstream: "http://10.0.0.9:80" }), refused);
    expect(logger.lines).toHaveLength(4);
  });

  test("stays bounded and goes on where there are too many kinds", () => {
    const { log, logger } = scene();
    for (let i = 0; i <= 10_000; i++) log.record(fakeContext({ route: `/${i}` }), refused);
    expect(logger.lines).toHaveLength(10_001);
    // The first kind was forgotten with the others.
    log.record(fakeContext({ route: "/0" }), refused);
    expect(logger.lines).toHaveLength(10_002);
    log.record(fakeContext({ route: "/0" }), refused);
    expect(logger.lines).toHaveLength(10_002);
  });
});
