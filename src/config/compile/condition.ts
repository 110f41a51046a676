import type { Static } from "@sinclair/typebox";
import type { ConditionPlan, HeaderTest } from "../../core/model.ts";
import { formatPath } from "../path.ts";
import type { requestCondition, responseCondition } from "../schema/conditions.ts";
import type { Draft } from "../schema/root.ts";
import { compileAddresses } from "./addresses.ts";
import { checkToken, isToken } from "./field.ts";
import { checkPattern } from "./pattern.ts";
import { below, type Scope } from "./scope.ts";

/** A condition of a request or a response rule; the former leaves the response's fields out. */
export type ConditionDraft = Draft<
  Static<typeof responseCondition> | Static<typeof requestCondition>
>;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Compiles a condition. */
export function compileCondition(
  draft: ConditionDraft | undefined,
  scope: Scope,
): ConditionPlan | null {
  if (draft === undefined) return null;
  const plan: Mutable<ConditionPlan> = {};
  if (draft.path_matches !== undefined) {
    plan.pathMatches = draft.path_matches;
    checkPattern(draft.path_matches, below(scope, "path_matches"));
  }
  if (draft.method_is !== undefined)
    plan.methodIs = method(draft.method_is, below(scope, "method_is"));
  if (draft.query_has !== undefined) plan.queryHas = draft.query_has;
  if (draft.client_ip_in !== undefined) {
    plan.clientIpIn = compileAddresses(draft.client_ip_in, below(scope, "client_ip_in"));
  }
  if (draft.has_header !== undefined) {
    plan.hasHeader = headerTest(draft.has_header, below(scope, "has_header"));
  }
  if ("request_has_header" in draft && draft.request_has_header !== undefined) {
    plan.requestHasHeader = headerTest(
      draft.request_has_header,
      below(scope, "request_has_header"),
    );
  }
  if ("status_is" in draft && draft.status_is !== undefined)
    plan.statusIs = statuses(draft.status_is);
  if (isBlock(draft.not)) plan.not = compileCondition(draft.not, below(scope, "not")) ?? {};
  return plan;
}

/** The recursion is lost in the static type, where `not` is anything. */
function isBlock(value: unknown): value is ConditionDraft {
  return typeof value === "object" && value !== null;
}

function method(text: string, { path, issues }: Scope): string {
  if (!isToken(text)) {
    issues.error({
      path,
      code: "invalid_method",
      message: `Invalid method in field '${formatPath(path)}': '${text}'`,
      hint: "Give one method, such as GET.",
    });
  }
  return text.toUpperCase();
}

function headerTest(
  draft: { readonly name?: string | undefined; readonly value_matches?: string | undefined },
  scope: Scope,
): HeaderTest {
  if (draft.value_matches !== undefined)
    checkPattern(draft.value_matches, below(scope, "value_matches"));
  return {
    name: draft.name === undefined ? "" : checkToken(draft.name, below(scope, "name")),
    valueMatches: draft.value_matches ?? null,
  };
}

function statuses(draft: number | string | readonly (number | string | undefined)[]): string[] {
  const list = typeof draft === "object" ? draft : [draft];
  return list.flatMap((status) => (status === undefined ? [] : [String(status)]));
}
