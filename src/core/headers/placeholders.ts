import type { ExchangeContext } from "../context.ts";

/** Names of all placeholders without an argument; `header.NAME` comes on top. */
export const placeholderNames: readonly string[] = [];

/** Text with placeholders, compiled. */
export interface Template {
  /** Whether it holds no placeholder: `render` then always gives the same text. */
  readonly constant: boolean;
  render(context: ExchangeContext): string;
}

/** Lists the names inside the braces of a template's placeholders, known or not, in order. */
export function findPlaceholders(_text: string): string[] {
  throw new Error("not built yet");
}

/** Tells whether a name inside braces is a placeholder. */
export function isPlaceholder(_name: string): boolean {
  throw new Error("not built yet");
}

/** Compiles a template; `escape` is applied to each value. */
export function compileTemplate(_text: string, _escape?: (value: string) => string): Template {
  throw new Error("not built yet");
}
