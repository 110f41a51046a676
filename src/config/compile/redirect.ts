import type { RedirectAction } from "../../core/model.ts";
import { below, type Scope } from "./scope.ts";
import { parseHttpUrl, reportUrl, type UrlProblem } from "./target.ts";

interface RedirectDraft {
  readonly target?: string | undefined;
  readonly status_code?: RedirectAction["statusCode"] | undefined;
}

/** Compiles the keys of a `redirect` route. */
export function compileRedirect(
  draft: RedirectDraft,
  routeKey: string,
  scope: Scope,
): RedirectAction {
  const { target = "/" } = draft;
  const problem = target.startsWith("/") ? pathProblem(target) : urlProblem(target);
  if (problem !== null) {
    reportUrl(target, `route '${routeKey}' redirect target`, {
      ...below(scope, "target"),
      problem,
    });
  }
  return { type: "redirect", target, statusCode: draft.status_code ?? 307 };
}

function urlProblem(target: string): UrlProblem | null {
  const url = parseHttpUrl(target);
  if (url instanceof URL) return null;
  if (!url.reason.startsWith("Invalid URL format: it does not begin")) return url;
  return {
    ...url,
    hint: "Give an absolute URL such as https://www.example.com, or a path such as /new.",
  };
}

/** **Security:** browsers read `//host` and `/\host` as another authority. */
function pathProblem(target: string): UrlProblem | null {
  if (/^\/[/\\]/.test(target)) {
    return { reason: "A path must not begin with two slashes: it would name a host", hint: "" };
  }
  if (/[?#]/.test(target)) {
    return {
      reason: "A query or fragment is not allowed",
      hint: "The query of the request is kept.",
    };
  }
  // What a path may hold (RFC 3986, 3.3).
  if (!/^(?:[\w.~!$&'()*+,;=:@/-]|%[0-9a-f]{2})*$/i.test(target)) {
    return { reason: "Invalid path: it holds characters that must be percent-encoded", hint: "" };
  }
  return null;
}
