import type { BodyRule, HeaderRule } from "../../core/model.ts";
import { formatPath } from "../path.ts";
import { type ConditionDraft, compileCondition } from "./condition.ts";
import { checkFieldName, checkFieldValue } from "./field.ts";
import { below, eachOf, type Scope } from "./scope.ts";
import { checkPlaceholders } from "./template.ts";

type Values = string | readonly (string | undefined)[];

interface HeaderRuleDraft {
  readonly remove?: readonly (string | undefined)[] | undefined;
  readonly add?: { readonly [name: string]: Values | undefined } | undefined;
  readonly condition?: ConditionDraft | undefined;
}

interface BodyRuleDraft {
  readonly set_text?: string | undefined;
  readonly set_json?: unknown;
  readonly condition?: ConditionDraft | undefined;
}

type OneOrMore<T> = T | readonly (T | undefined)[] | undefined;

/** Compiles `request_headers` or `response_headers`. */
export function compileHeaderRules(draft: OneOrMore<HeaderRuleDraft>, scope: Scope): HeaderRule[] {
  return Array.from(eachOf<HeaderRuleDraft>(draft, scope), ([rule, at]) => headerRule(rule, at));
}

/** Compiles `request_body` or `response_body`. */
export function compileBodyRules(draft: OneOrMore<BodyRuleDraft>, scope: Scope): BodyRule[] {
  return Array.from(eachOf<BodyRuleDraft>(draft, scope), ([rule, at]) => bodyRule(rule, at));
}

function headerRule(draft: HeaderRuleDraft, scope: Scope): HeaderRule {
  const remove = (draft.remove ?? []).flatMap((name, i) =>
    name === undefined ? [] : [checkFieldName(name, below(scope, "remove", i))],
  );
  const add = new Map<string, readonly string[]>();
  for (const [name, values] of Object.entries(draft.add ?? {})) {
    if (values === undefined) continue;
    const at = below(scope, "add", name);
    const lower = checkFieldName(name, at);
    if (add.has(lower)) duplicateField(name, at);
    add.set(lower, fieldValues(values, at));
  }
  if (Object.keys(draft).every((key) => key === "condition")) {
    warnIdle(scope, "It neither removes nor adds anything.");
  }
  return {
    remove,
    add: [...add],
    condition: compileCondition(draft.condition, below(scope, "condition")),
  };
}

function fieldValues(values: Values, scope: Scope): string[] {
  if (typeof values === "string") return [checkFieldValue(values, scope)];
  return values.flatMap((value, i) =>
    value === undefined ? [] : [checkFieldValue(value, below(scope, i))],
  );
}

function duplicateField(name: string, { path, issues }: Scope): void {
  issues.error({
    path,
    place: "key",
    code: "duplicate_header",
    message: `Header '${name}' is added twice`,
    hint: "Names are the same in any case. To send several fields, give a list of values.",
  });
}

function bodyRule(draft: BodyRuleDraft, scope: Scope): BodyRule {
  const condition = compileCondition(draft.condition, below(scope, "condition"));
  const text = draft.set_text;
  const isText = text !== undefined;
  const given = ["set_text", "set_json"].filter((key) => key in draft);
  if (given.length !== 1) wrongBody(given.length > 1, scope);
  if (isText) {
    checkPlaceholders(text, below(scope, "set_text"));
    return { contentType: "text/plain; charset=utf-8", template: text, condition };
  }
  const template = JSON.stringify(draft.set_json ?? null);
  checkPlaceholders(template, below(scope, "set_json"));
  return { contentType: "application/json", template, condition };
}

function wrongBody(both: boolean, { path, issues }: Scope): void {
  issues.error({
    path,
    code: both ? "conflicting_fields" : "missing_field",
    message: both
      ? `Fields 'set_text' and 'set_json' in '${formatPath(path)}' exclude each other`
      : `Missing required field: ${formatPath(path)}.set_text or ${formatPath(path)}.set_json`,
    place: both ? "value" : "key",
  });
}

function warnIdle({ path, issues }: Scope, hint: string): void {
  issues.warn({
    path,
    place: "key",
    code: "no_effect",
    message: `'${formatPath(path)}' has no effect`,
    hint,
  });
}
