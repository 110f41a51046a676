import { type FailureReason, ProxError } from "../../ports/failure.ts";

/** Builds the failure of a dial: nothing was sent, and the cause names place and code for the log. */
export function dialFailure(reason: FailureReason, what: string, error?: unknown): ProxError {
  const text = error === undefined ? what : `${what}: ${describe(error)}`;
  const cause = error === undefined ? new Error(text) : new Error(text, { cause: error });
  return new ProxError(reason, "upstream", { cause, requestSent: false });
}

/** Sorts a rejection of Bun.connect. */
export function connectReason(error: unknown): FailureReason {
  const code = codeOf(error);
  if (code === "ECONNREFUSED") return "upstream_connect_refused";
  if (code === "ETIMEDOUT") return "upstream_connect_timeout";
  // Certificates and keys that can not be used are found when the socket is made.
  if (code.startsWith("ERR_")) return "upstream_tls_failed";
  return "upstream_connect_failed";
}

/** Finds the code of a system or TLS error; empty where it has none. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error) || !("code" in error)) return "";
  return String(error.code);
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = codeOf(error);
  if (code === "" || error.message.includes(code)) return error.message;
  return `${error.message} (${code})`;
}
