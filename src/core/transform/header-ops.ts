import type { HeaderList } from "../../ports/exchange.ts";
import { removeHeader, setHeader } from "../../utils/header-list.ts";
import { isFieldValue } from "../../utils/http-grammar.ts";
import { toWireText } from "../../utils/wire-text.ts";
import type { ExchangeContext } from "../context.ts";
import { isHopByHop } from "../headers/hop-by-hop.ts";
import type { Template } from "../headers/placeholders.ts";
import { compileTemplate } from "../headers/placeholders.ts";
import type { HeaderRule } from "../model.ts";
import type { Condition } from "./condition.ts";
import { compileCondition } from "./condition.ts";

/** Edits the fields of a request on its way to the upstream, in place. */
export type RequestHeaderOps = (context: ExchangeContext, headers: HeaderList) => void;

/** Edits the fields of an answer, in place. */
export type ResponseHeaderOps = (
  context: ExchangeContext,
  status: number,
  headers: HeaderList,
) => void;

interface CompiledRule {
  readonly remove: readonly string[];
  readonly add: readonly CompiledField[];
  readonly condition: Condition | null;
}

interface CompiledField {
  readonly name: string;
  readonly values: readonly Template[];
}

/**
 * Compiles request header rules; null where there are none. Each rule removes first, then adds, and
 * additions replace all fields of their name. Conditions look at the request as the client sent it.
 */
export function compileRequestHeaderOps(rules: readonly HeaderRule[]): RequestHeaderOps | null {
  if (rules.length === 0) return null;
  // A request without Host can not be sent; it can only be replaced.
  const compiled = rules.map((rule) => compileRule(rule, "host"));
  return (context, headers) => {
    for (const rule of compiled) {
      if (rule.condition === null || rule.condition(context)) apply(rule, context, headers);
    }
  };
}

/**
 * Compiles response header rules; null where there are none. As for requests, but `hasHeader` looks
 * at the answer, as the rules before have left it.
 */
export function compileResponseHeaderOps(rules: readonly HeaderRule[]): ResponseHeaderOps | null {
  if (rules.length === 0) return null;
  const compiled = rules.map((rule) => compileRule(rule, null));
  return (context, status, headers) => {
    for (const rule of compiled) {
      if (rule.condition === null || rule.condition(context, status, headers)) {
        apply(rule, context, headers);
      }
    }
  };
}

/** Framing and hop-by-hop fields are out of a rule's reach: the engines make them. */
function compileRule(rule: HeaderRule, essential: string | null): CompiledRule {
  return {
    remove: rule.remove.filter((name) => !isHopByHop(name) && name !== essential),
    add: rule.add
      .filter(([name]) => !isHopByHop(name))
      .map(([name, values]) => ({
        name,
        values: values.map((value) => compileTemplate(toWireText(value))),
      })),
    condition: rule.condition === null ? null : compileCondition(rule.condition),
  };
}

function apply(rule: CompiledRule, context: ExchangeContext, headers: HeaderList): void {
  for (const name of rule.remove) removeHeader(headers, name);
  for (const field of rule.add) replace(field, context, headers);
}

/**
 * Replaces all fields of a name. **Security:** a value that came out empty, or with CR, LF, NUL or
 * another character that no field may hold, is not sent, and neither is what it should have
 * replaced: that may be the client's own claim.
 */
function replace(field: CompiledField, context: ExchangeContext, headers: HeaderList): void {
  const [first, ...more] = renderValues(field, context);
  if (first === undefined) {
    // Host is the one field that must not be missing.
    if (field.name !== "host") removeHeader(headers, field.name);
    return;
  }
  setHeader(headers, field.name, first);
  for (const value of more) headers.push(field.name, value);
}

function renderValues(field: CompiledField, context: ExchangeContext): string[] {
  const values: string[] = [];
  for (const template of field.values) {
    const value = trimmed(template.render(context));
    if (value !== "" && isFieldValue(value)) values.push(value);
  }
  return values;
}

/** White space around a value is not part of it (RFC 9110, 5.5); line ends stay, to be refused. */
function trimmed(value: string): string {
  return value.replace(/^[ \t]+|[ \t]+$/g, "");
}
