import type { HeaderList } from "../../ports/exchange.ts";
import type { FailureReason } from "../../ports/failure.ts";
import { parseAuthority } from "../../utils/authority.ts";
import { removeHeader } from "../../utils/header-list.ts";
import type { ServeRequest } from "./request.ts";
import type { ServeLimits } from "./shared.ts";

const DIGITS = /^(?:0|[1-9]\d*)$/;
/** The one control character that the runtime lets through. */
const DEL = "\x7f";
/** Bytes of a field line besides name and value: colon, space, CR, LF. */
const LINE_OVERHEAD = 4;

/**
 * Tells why a request that the runtime let in must not reach the core; null where it may.
 * **Security:** here is refused what could not be sent on as it was meant.
 */
export function refusalReason(request: ServeRequest, limits: ServeLimits): FailureReason | null {
  const { method, target, authority, headers, protocol } = request;
  if (method === "CONNECT") return "method_not_forwarded";
  if (target.length > limits.maxUriBytes) return "uri_too_long";
  if (isTooLarge(headers, limits)) return "headers_too_large";
  if (target.includes("#")) return "malformed_request";
  if (protocol === "HTTP/1.1" && parseAuthority(authority) === null) return "malformed_request";
  return fieldFault(request);
}

function isTooLarge(headers: HeaderList, { maxHeaderBytes, maxHeaderCount }: ServeLimits): boolean {
  if (headers.length > 2 * maxHeaderCount) return true;
  let bytes = (headers.length / 2) * LINE_OVERHEAD;
  for (const text of headers) bytes += text.length;
  return bytes > maxHeaderBytes;
}

function fieldFault(request: ServeRequest): FailureReason | null {
  const { headers } = request;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? "";
    const value = headers[i + 1] ?? "";
    if (name === "expect" && value.toLowerCase() !== "100-continue") return "expectation_failed";
    if (value.includes(DEL) || isBadFraming(request, name, value)) return "malformed_request";
  }
  // The runtime has said 100 already.
  removeHeader(headers, "expect");
  return null;
}

/** Repeats come joined, so they are refused; fields without the body that they tell of betray a hidden one. */
function isBadFraming({ method, body }: ServeRequest, name: string, value: string): boolean {
  if (name === "content-length") {
    return !DIGITS.test(value) || (body === null && Number(value) > 0);
  }
  if (name !== "transfer-encoding") return false;
  // The runtime reads the body of a GET off and hides it; an empty chunked one of a POST is null too.
  const hidden = body === null && (method === "GET" || method === "HEAD");
  return hidden || value.toLowerCase() !== "chunked";
}
