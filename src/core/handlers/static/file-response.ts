import type { Body, ExchangeResponse, HeaderList } from "../../../ports/exchange.ts";
import { ProxError } from "../../../ports/failure.ts";
import type { OpenFile } from "../../../ports/file-system.ts";
import { headerValue } from "../../../utils/header-list.ts";
import { formatHttpDate } from "../../../utils/http-date.ts";
import type { ExchangeContext } from "../../context.ts";
import { type ByteRange, selectRanges } from "./byte-ranges.ts";
import { contentRange, multipartAnswer } from "./multipart.ts";
import { checkPreconditions, rangeHolds } from "./preconditions.ts";
import { type Validators, validatorsOf } from "./validators.ts";

/** An opened file and how it is to be labelled. */
export interface Representation {
  readonly file: OpenFile;
  /** Media type of the plain file. */
  readonly type: string;
  /** Content coding of a precompressed variant; empty for the plain file. */
  readonly coding: string;
  /** Value of Vary; empty where the choice hung on nothing. */
  readonly vary: string;
  /** Value of Cache-Control; null = none. */
  readonly cacheControl: string | null;
}

/** Files up to this size are read at once, so that head and body leave in one write. */
const WHOLE = 64 * 1024;

/**
 * Answers GET or HEAD with a file: conditions first, then ranges. It owns the file from here on and
 * sees to it that it is closed.
 * @throws ProxError `precondition_failed`; `internal_error` where the file cannot be read.
 */
export function fileResponse(
  context: ExchangeContext,
  representation: Representation,
): ExchangeResponse {
  try {
    return respond(context, representation);
  } catch (error) {
    representation.file.close();
    throw error;
  }
}

function respond(context: ExchangeContext, representation: Representation): ExchangeResponse {
  const { file, coding } = representation;
  const { method, headers } = context.request;
  const validators = validatorsOf(file.facts, coding, context.wallTime);
  const verdict = checkPreconditions(headers, validators);
  if (verdict === "failed") throw new ProxError("precondition_failed", "downstream");
  const fields = cacheFields(representation, validators);
  if (verdict === "not_modified") {
    file.close();
    return { status: 304, headers: fields, body: null };
  }
  // A request with a range gets the plain file, so a variant does not offer any.
  if (coding === "") fields.push("accept-ranges", "bytes");
  else fields.push("content-encoding", coding);
  if (method === "HEAD") {
    file.close();
    fields.push("content-type", representation.type, "content-length", String(file.facts.size));
    return { status: 200, headers: fields, body: null };
  }
  const ranges = requestedRanges(headers, validators, file.facts.size);
  if (ranges !== null) return partialResponse(context, representation, fields, ranges);
  fields.push("content-type", representation.type);
  return { status: 200, headers: fields, body: bodyOf(file, 0, file.facts.size) };
}

/** Fields that a 304 repeats (RFC 9110, 15.4.5). */
function cacheFields(representation: Representation, validators: Validators): HeaderList {
  const fields: HeaderList = [];
  const { entityTag, lastModified } = validators;
  if (entityTag !== null) fields.push("etag", entityTag);
  if (lastModified !== null) fields.push("last-modified", formatHttpDate(lastModified));
  if (representation.vary !== "") fields.push("vary", representation.vary);
  if (representation.cacheControl !== null) {
    fields.push("cache-control", representation.cacheControl);
  }
  return fields;
}

/** Ranges are defined for GET alone (RFC 9110, 14.2); the caller has ruled out HEAD. */
function requestedRanges(
  headers: HeaderList,
  validators: Validators,
  size: number,
): readonly ByteRange[] | null {
  const field = headerValue(headers, "range");
  if (field === undefined || !rangeHolds(headers, validators)) return null;
  return selectRanges(field, size);
}

function partialResponse(
  context: ExchangeContext,
  { file, type }: Representation,
  fields: HeaderList,
  ranges: readonly ByteRange[],
): ExchangeResponse {
  const { size } = file.facts;
  const [range] = ranges;
  if (range === undefined) {
    file.close();
    return unsatisfiable(context, size);
  }
  if (ranges.length > 1) {
    const { contentType, body } = multipartAnswer(file, type, ranges);
    fields.push("content-type", contentType);
    return { status: 206, headers: fields, body };
  }
  fields.push("content-type", type, "content-range", contentRange(range, size));
  return { status: 206, headers: fields, body: bodyOf(file, range.start, range.length) };
}

function unsatisfiable(context: ExchangeContext, size: number): ExchangeResponse {
  const response = context.fail(new ProxError("range_not_satisfiable", "downstream"));
  response.headers.push("content-range", `bytes */${size}`);
  return response;
}

function bodyOf(file: OpenFile, start: number, length: number): Body {
  if (length > WHOLE) return file.stream(start, length);
  const bytes = length === 0 ? null : file.read(start, length);
  file.close();
  return bytes;
}
