/** A piece of a file: `length` bytes (at least 1) from `start`. */
export interface ByteRange {
  readonly start: number;
  readonly length: number;
}

/** More ranges than this in one request are an attack or a mistake: it gets the whole file. */
const MAX_RANGES = 32;

/** A gap that costs less to send than the head of another part (RFC 9110, 14.2). */
const WORTHLESS_GAP = 80;

/**
 * Reads a Range field against a file of `size` bytes: the pieces to send, in the order asked for,
 * overlapping and near ones joined; an empty list where none lies in the file (416); null where the
 * field is to be ignored: another unit, bad syntax, too many ranges, or an empty file.
 */
export function selectRanges(field: string, size: number): readonly ByteRange[] | null {
  const set = /^bytes=(.*)$/i.exec(field)?.[1];
  if (set === undefined || size === 0) return null;
  const specs = set.split(",", MAX_RANGES + 1);
  if (specs.length > MAX_RANGES) return null;
  const ranges: ByteRange[] = [];
  let seen = 0;
  for (const spec of specs) {
    // Empty list elements are legal and mean nothing (RFC 9110, 5.6.1.2).
    if (spec.trim() === "") continue;
    seen++;
    const range = readSpec(spec, size);
    if (range === null) return null;
    if (range.length > 0) ranges.push(range);
  }
  if (seen === 0) return null;
  return ranges.length < 2 ? ranges : joined(ranges);
}

/** Reads `a-b`, `a-` or `-n`; null for bad syntax, length 0 for what lies outside of the file. */
function readSpec(spec: string, size: number): ByteRange | null {
  const match = /^[ \t]*(\d*)-(\d*)[ \t]*$/.exec(spec);
  if (match === null) return null;
  const [, first = "", last = ""] = match;
  if (first === "") {
    if (last === "") return null;
    const length = Math.min(Number(last), size);
    return { start: size - length, length };
  }
  const start = Number(first);
  const end = last === "" ? size - 1 : Number(last);
  if (last !== "" && end < start) return null;
  return { start, length: Math.max(0, Math.min(end, size - 1) - start + 1) };
}

/**
 * **Security:** no byte is sent twice, so a small request never asks for more than the file holds.
 */
function joined(ranges: readonly ByteRange[]): readonly ByteRange[] {
  const byStart = ranges
    .map(({ start, length }, order) => ({ start, end: start + length, order }))
    .sort((a, b) => a.start - b.start);
  const pieces: typeof byStart = [];
  let last: (typeof byStart)[number] | undefined;
  for (const range of byStart) {
    if (last === undefined || range.start > last.end + WORTHLESS_GAP) {
      last = range;
      pieces.push(range);
      continue;
    }
    last.end = Math.max(last.end, range.end);
    last.order = Math.min(last.order, range.order);
  }
  return pieces
    .sort((a, b) => a.order - b.order)
    .map(({ start, end }) => ({ start, length: end - start }));
}
