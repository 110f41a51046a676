/** Flags at the start of a pattern, as in Rust, Go and PCRE: `(?i)/admin`. */
const LEADING_FLAGS = /^\(\?([ims]+)\)/;

/**
 * Compiles a pattern of a condition; it may match anywhere in the text. Flags `i`, `m`, `s` may be
 * given at its start.
 * @throws SyntaxError where it is no regular expression.
 */
export function compilePattern(source: string): RegExp {
  const { body, flags } = splitFlags(source);
  return new RegExp(body, flags);
}

/** Separates the flags at the start of a pattern from the rest, which JavaScript understands. */
export function splitFlags(source: string): { readonly body: string; readonly flags: string } {
  const match = LEADING_FLAGS.exec(source);
  if (match === null) return { body: source, flags: "" };
  return { body: source.slice(match[0].length), flags: [...new Set(match[1])].join("") };
}
