import type { Body, ExchangeResponse, HeaderList } from "../../ports/exchange.ts";
import { fromWireText } from "../../utils/wire-text.ts";
import type { ExchangeContext } from "../context.ts";
import { compileTemplate } from "../headers/placeholders.ts";
import type { BodyRule } from "../model.ts";
import type { Condition } from "./condition.ts";
import { compileCondition } from "./condition.ts";

/** Gives the body to send in place of `body`, and makes `headers` fit it, in place. */
export type RequestBodyOps = (context: ExchangeContext, headers: HeaderList, body: Body) => Body;

/** Gives the answer to send in place of `response`. */
export type ResponseBodyOps = (
  context: ExchangeContext,
  response: ExchangeResponse,
) => ExchangeResponse;

interface CompiledRule {
  readonly contentType: string;
  readonly render: (context: ExchangeContext) => Uint8Array;
  readonly condition: Condition | null;
}

/** Fields that tell of the old body (RFC 9110, 8; RFC 9530; RFC 9421) or of how it comes. */
const BODY_FIELDS = new Set([
  "accept-ranges",
  "content-digest",
  "content-encoding",
  "content-language",
  "content-length",
  "content-md5",
  "content-range",
  "content-type",
  "digest",
  "etag",
  "expect",
  "last-modified",
  "repr-digest",
  "signature",
  "signature-input",
  "trailer",
]);

const PARTIAL_CONTENT = 206;
/** Answers that never have a body (RFC 9110, 15.3.5, 15.3.6 and 15.4.5). */
const BODILESS = new Set([204, 205, 304]);
const encoder = new TextEncoder();

/**
 * Compiles request body rules; null where there are none. Each rule replaces the body whole, so of
 * several whose conditions hold the last one counts. The old body is cancelled.
 */
export function compileRequestBodyOps(rules: readonly BodyRule[]): RequestBodyOps | null {
  if (rules.length === 0) return null;
  const compiled = rules.map(compileRule);
  return (context, headers, body) => {
    const rule = compiled.findLast(({ condition }) => condition === null || condition(context));
    if (rule === undefined) return body;
    cancelBody(body);
    describeBody(headers, rule);
    return rule.render(context);
  };
}

/**
 * Compiles response body rules; null where there are none. As for requests; answers that have no
 * body by definition stay as they are, a part of a body (206) becomes a whole one (200), and HEAD is
 * told the length that a GET would get.
 */
export function compileResponseBodyOps(rules: readonly BodyRule[]): ResponseBodyOps | null {
  if (rules.length === 0) return null;
  const compiled = rules.map(compileRule);
  return (context, response) => {
    const { status, headers } = response;
    if (BODILESS.has(status)) return response;
    const rule = compiled.findLast(
      ({ condition }) => condition === null || condition(context, status, headers),
    );
    if (rule === undefined) return response;
    cancelBody(response.body);
    describeBody(headers, rule);
    const bytes = rule.render(context);
    const head = context.request.method === "HEAD";
    if (head) headers.push("content-length", String(bytes.length));
    return {
      ...response,
      status: status === PARTIAL_CONTENT ? 200 : status,
      body: head ? null : bytes,
    };
  };
}

function compileRule(rule: BodyRule): CompiledRule {
  const json = rule.contentType === "application/json";
  const template = compileTemplate(rule.template, json ? jsonText : fromWireText);
  const condition = rule.condition === null ? null : compileCondition(rule.condition);
  const { contentType } = rule;
  if (template.constant) {
    const bytes = encoder.encode(rule.template);
    return { contentType, condition, render: () => bytes };
  }
  return { contentType, condition, render: (context) => encoder.encode(template.render(context)) };
}

/** **Security:** a value can not leave the JSON string that it stands in. */
function jsonText(value: string): string {
  return JSON.stringify(fromWireText(value)).slice(1, -1);
}

/** Takes out what told of the old body and names the new one's type. */
function describeBody(headers: HeaderList, rule: CompiledRule): void {
  let kept = 0;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? "";
    if (BODY_FIELDS.has(name)) continue;
    headers[kept] = name;
    headers[kept + 1] = headers[i + 1] ?? "";
    kept += 2;
  }
  headers.length = kept;
  headers.push("content-type", rule.contentType);
}

function cancelBody(body: Body): void {
  if (body !== null && !(body instanceof Uint8Array)) body.cancel();
}
