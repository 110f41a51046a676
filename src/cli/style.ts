/** What the reader's side of an output can show. */
export interface Style {
  /** Emoji, source lines and carets. */
  readonly terminal: boolean;
  readonly colours: boolean;
}

/** Decorates text as far as a style allows. */
export interface Paint {
  readonly terminal: boolean;
  /** Puts an emoji before a text, on a terminal. */
  mark(emoji: string, text: string): string;
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
}

/** Makes the decorations of one style. */
export function createPaint(style: Style): Paint {
  const colour = (on: number, off: number) => (text: string) =>
    style.colours ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  return {
    terminal: style.terminal,
    mark: (emoji, text) => (style.terminal ? `${emoji} ${text}` : text),
    bold: colour(1, 22),
    dim: colour(2, 22),
    red: colour(31, 39),
    green: colour(32, 39),
    yellow: colour(33, 39),
  };
}

// C0 and C1 controls, line and paragraph separators, and the marks that turn the writing direction.
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/**
 * Shows text that came from a file or a client: a tab as a space, other control characters as `?`.
 * **Security:** otherwise they would steer the reader's terminal.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => (character === "\t" ? " " : "?"));
}
