import type { HeaderList } from "../../ports/exchange.ts";
import { headerValues } from "../../utils/header-list.ts";
import { createCidrSet } from "../../utils/ip.ts";
import type { ExchangeContext } from "../context.ts";
import type { ConditionPlan, HeaderTest } from "../model.ts";
import { compilePattern } from "./pattern.ts";

/**
 * A compiled condition. Request rules leave `status` and `responseHeaders` out: their header tests
 * look at the request as the client sent it.
 */
export type Condition = (
  context: ExchangeContext,
  status?: number,
  responseHeaders?: HeaderList,
) => boolean;

type HeaderMatcher = (headers: HeaderList) => boolean;

/**
 * Compiles a condition: all its fields must hold, the cheap ones are asked first. One without fields
 * holds always.
 * @throws SyntaxError on a pattern that does not compile: the configuration has refused it.
 */
export function compileCondition(plan: ConditionPlan): Condition {
  const tests = [...requestTests(plan), ...headerTests(plan)];
  if (plan.not !== undefined) {
    const inner = compileCondition(plan.not);
    tests.push((context, status, headers) => !inner(context, status, headers));
  }
  const [only] = tests;
  if (only !== undefined && tests.length === 1) return only;
  return (context, status, headers) => tests.every((test) => test(context, status, headers));
}

function requestTests(plan: ConditionPlan): Condition[] {
  const { methodIs, statusIs, clientIpIn, queryHas, pathMatches } = plan;
  const tests: Condition[] = [];
  if (methodIs !== undefined) {
    const method = methodIs.toUpperCase();
    tests.push(({ request }) => request.method === method);
  }
  if (statusIs !== undefined) {
    const matches = statusMatcher(statusIs);
    tests.push((_context, status) => status !== undefined && matches(status));
  }
  if (clientIpIn !== undefined) {
    const clients = createCidrSet(clientIpIn);
    tests.push(({ clientIp }) => clients.has(clientIp));
  }
  if (queryHas !== undefined) {
    tests.push(({ query }) => query !== "" && new URLSearchParams(query).has(queryHas));
  }
  if (pathMatches !== undefined) {
    const pattern = compilePattern(pathMatches);
    tests.push(({ path }) => pattern.test(path));
  }
  return tests;
}

function headerTests({ hasHeader, requestHasHeader }: ConditionPlan): Condition[] {
  const tests: Condition[] = [];
  if (hasHeader !== undefined) {
    const matches = headerMatcher(hasHeader);
    tests.push(({ request }, _status, headers) => matches(headers ?? request.headers));
  }
  if (requestHasHeader !== undefined) {
    const matches = headerMatcher(requestHasHeader);
    tests.push(({ request }) => matches(request.headers));
  }
  return tests;
}

/** One of several values is enough. */
function headerMatcher({ name, valueMatches }: HeaderTest): HeaderMatcher {
  const pattern = valueMatches === null ? null : compilePattern(valueMatches);
  return (headers) => {
    const values = headerValues(headers, name);
    return pattern === null ? values.length > 0 : values.some((value) => pattern.test(value));
  };
}

/** Codes such as `404` and classes such as `4xx`. */
function statusMatcher(patterns: readonly string[]): (status: number) => boolean {
  const codes = new Set<number>();
  const classes = new Set<number>();
  for (const pattern of patterns) {
    if (/^[1-5]xx$/i.test(pattern)) classes.add(Number(pattern[0]));
    else codes.add(Number(pattern));
  }
  return (status) => codes.has(status) || classes.has(Math.floor(status / 100));
}
