/** Values for `${NAME}`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A text with its variables put in. */
export interface Expansion {
  readonly text: string;
  /** Whether anything was taken from the environment. */
  readonly expanded: boolean;
  /** Names without a value and without a default. */
  readonly unset: readonly string[];
  /** Variables that are no `${NAME}` or `${NAME:-default}`, as written. */
  readonly malformed: readonly string[];
}

/** `$${` or a whole variable; a `${` that never closes is left for the second group. */
const VARIABLE = /\$\$\{|\$\{([^}]*)(\}?)/g;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Puts in `${NAME}` and `${NAME:-default}`; `$${` gives a literal `${`. A variable that is set but
 * empty takes its default, as in a shell. Values are not expanded again.
 */
export function expandEnv(text: string, env: Environment): Expansion {
  const unset: string[] = [];
  const malformed: string[] = [];
  let expanded = false;
  const result = text.replace(VARIABLE, (whole, inner: string | undefined, close: string) => {
    if (inner === undefined) return "${";
    const [name, fallback] = splitDefault(inner);
    if (close === "" || !NAME.test(name)) {
      malformed.push(whole);
      return whole;
    }
    expanded = true;
    const value = env[name];
    if (value === undefined && fallback === undefined) unset.push(name);
    return value || (fallback ?? "");
  });
  return { text: result, expanded, unset, malformed };
}

function splitDefault(inner: string): [name: string, fallback?: string] {
  const split = inner.indexOf(":-");
  return split < 0 ? [inner] : [inner.slice(0, split), inner.slice(split + 2)];
}
