/**
 * Finds out without an analyser that a pattern runs in linear time, where that is plain: it is
 * anchored with `^`, and each repetition, of one character or class, is the last one or stands
 * before a character that it cannot take. A backtracking engine then has one place to start from
 * and at each repetition no second way to go on. Most configured patterns are of this kind; false
 * says nothing.
 */
export function isPlainlyLinear(pattern: string, flags: string): boolean {
  if (!pattern.startsWith("^") || flags.includes("m")) return false;
  const pieces = readPieces(pattern.slice(1));
  if (pieces === null) return false;
  if (pieces.filter((piece) => piece.optional).length > MAX_CHOICES) return false;

  const last = pieces.findLastIndex((piece) => piece.repeated);
  return pieces.every(
    (piece, i) => !piece.repeated || i === last || isBarrier(pieces[i + 1], piece, flags),
  );
}

interface Piece {
  /** One character, escape or class; empty for a group and for `$`. */
  readonly atom: string;
  /** Under `*` or `+`. */
  readonly repeated: boolean;
  /** Under `?`, or a group of alternatives. */
  readonly optional: boolean;
}

/** Each of them may double the work. */
const MAX_CHOICES = 3;

/** A group without repetition inside or behind it, a single character or class, or `$` at the end. */
const PIECE =
  /(?<group>\((?:\?:)?[^()[\]\\*+?{}]*\)(?![*+?{]))|(?<atom>\\[dDwWsS\-./^$*+?()[\]{}|\\]|\[(?:\\.|[^\]\\])*\]|[^\\()[\]*+?{}|^$])(?<quantifier>[*+?]?)\??|\$$/y;

function readPieces(pattern: string): Piece[] | null {
  const pieces: Piece[] = [];
  let at = 0;
  while (at < pattern.length) {
    PIECE.lastIndex = at;
    const match = PIECE.exec(pattern);
    if (match === null) return null;
    const { group, atom = "", quantifier = "" } = match.groups ?? {};
    pieces.push({
      atom,
      repeated: quantifier === "*" || quantifier === "+",
      optional: quantifier === "?" || group !== undefined,
    });
    at = PIECE.lastIndex;
  }
  return pieces;
}

/** Tells whether a piece is one character, always there, that the repeated one before it does not match. */
function isBarrier(piece: Piece | undefined, before: Piece, flags: string): boolean {
  if (piece === undefined || piece.repeated || piece.optional) return false;
  if (!/^(?:\\[^dDwWsS]|[^\\.[])$/.test(piece.atom)) return false;
  return !new RegExp(`^${before.atom}$`, flags).test(piece.atom.slice(-1));
}
