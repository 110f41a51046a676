import { describe, expect, test } from "bun:test";
import { beginTrace, traceIdOf } from "../../../src/core/headers/trace.ts";

const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
const SPAN_ID = "b7ad6b7169203331";

describe("traceIdOf", () => {
  test.each([
    `00-${TRACE_ID}-${SPAN_ID}-01`,
    `00-${TRACE_ID}-${SPAN_ID}-00`,
    `01-${TRACE_ID}-${SPAN_ID}-01`,
    `cc-${TRACE_ID}-${SPAN_ID}-01-what-comes-later`,
  ])("reads %s", (traceparent) => {
    expect(traceIdOf(traceparent)).toBe(TRACE_ID);
  });

  test.each([
    "",
    `ff-${TRACE_ID}-${SPAN_ID}-01`,
    `00-${TRACE_ID}-${SPAN_ID}-01-more`,
    `00-${TRACE_ID}-${SPAN_ID}-01-`,
    `cc-${TRACE_ID}-${SPAN_ID}-01more`,
    `00-${TRACE_ID.toUpperCase()}-${SPAN_ID}-01`,
    `00-${"0".repeat(32)}-${SPAN_ID}-01`,
    `00-${TRACE_ID}-${"0".repeat(16)}-01`,
    `00-${TRACE_ID}-${SPAN_ID}`,
    `00-${TRACE_ID.slice(1)}-${SPAN_ID}-01`,
    ` 00-${TRACE_ID}-${SPAN_ID}-01`,
  ])("refuses %j", (traceparent) => {
    expect(traceIdOf(traceparent)).toBe("");
  });
});

test("beginTrace gives a valid traceparent of the trace, with a span of its own", () => {
  const [first, second] = [beginTrace(TRACE_ID), beginTrace(TRACE_ID)];
  expect(first).toHaveLength(55);
  expect(traceIdOf(first)).toBe(TRACE_ID);
  expect(first).not.toBe(second);
});
