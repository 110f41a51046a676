import { describe, expect, test } from "bun:test";
import { mayRetry } from "../../../src/core/upstream/retry.ts";
import type { FailureReason } from "../../../src/ports/failure.ts";
import { ProxError } from "../../../src/ports/failure.ts";
import { FakeBody } from "../../support/fake-handler.ts";

const unsent = (reason: FailureReason) => new ProxError(reason, "upstream", { requestSent: false });
const sent = (reason: FailureReason) => new ProxError(reason, "upstream");

describe("mayRetry", () => {
  test.each<FailureReason>([
    "upstream_connect_refused",
    "upstream_connect_failed",
    "upstream_connect_timeout",
    "upstream_resolve_failed",
    "upstream_tls_failed",
    "upstream_closed",
    "upstream_reset",
  ])("repeats any request that was not sent: %s", (reason) => {
    for (const method of ["GET", "POST", "PATCH", "FOO"]) {
      expect(mayRetry(unsent(reason), method, null)).toBe(true);
      expect(mayRetry(unsent(reason), method, new Uint8Array(3))).toBe(true);
      expect(mayRetry(unsent(reason), method, new FakeBody(["abc"]))).toBe(true);
    }
  });

  test.each<FailureReason>(["upstream_queue_full", "upstream_queue_timeout"])(
    "does not add to the load of a busy upstream: %s",
    (reason) => {
      expect(mayRetry(unsent(reason), "GET", null)).toBe(false);
    },
  );

  test.each([
    ["GET", true],
    ["HEAD", true],
    ["OPTIONS", true],
    ["PUT", true],
    ["DELETE", true],
    ["POST", false],
    ["PATCH", false],
    ["get", false],
    ["FOO", false],
  ])("repeats what was sent and got no answer only where that is harmless: %s", (method, may) => {
    for (const reason of ["upstream_closed", "upstream_reset"] as const) {
      expect(mayRetry(sent(reason), method, null)).toBe(may);
      expect(mayRetry(sent(reason), method, new Uint8Array(3))).toBe(false);
    }
  });

  test.each<FailureReason>([
    "upstream_truncated",
    "upstream_malformed_response",
    "upstream_timeout_header",
    "upstream_timeout_idle",
    "upstream_tls_failed",
  ])("does not repeat what got an answer, or took its time: %s", (reason) => {
    expect(mayRetry(sent(reason), "GET", null)).toBe(false);
  });

  test("never repeats a body that was read", async () => {
    const body = new FakeBody(["abc"]);
    await body.read();
    expect(mayRetry(unsent("upstream_connect_refused"), "PUT", body)).toBe(false);
    expect(mayRetry(sent("upstream_closed"), "PUT", body)).toBe(false);
  });

  test.each([
    ["the client left", new ProxError("client_closed", "downstream", { requestSent: false })],
    ["Prox itself", new ProxError("internal_error", "internal", { requestSent: false })],
    ["no ProxError", new Error("boom")],
  ])("does not repeat what no upstream caused: %s", (_, error) => {
    expect(mayRetry(error, "GET", null)).toBe(false);
  });
});
