/** What a request path asks for below the root. */
export interface RequestedName {
  /** Decoded, relative, without a trailing slash; empty for the root itself. */
  readonly name: string;
  /** Whether the path ended in a slash, so that only a directory can be meant. */
  readonly directory: boolean;
}

/** The one dot name that is public by purpose (RFC 8615). */
const WELL_KNOWN = ".well-known";

/**
 * Turns a normalised path, still percent-encoded, into the name that it asks for below the root;
 * null where it can name no file that may be shown.
 *
 * **Security:** decoding comes after normalisation, so an encoded slash, a NUL or a dot segment
 * that shows up only now must never reach the file system.
 */
export function requestedName(
  path: string,
  prefix: string,
  dotfiles: boolean,
): RequestedName | null {
  const rest = prefix === "/" ? path : path.slice(prefix.length);
  if (rest === "") return { name: "", directory: false };
  if (rest.charCodeAt(0) !== 0x2f) return null;
  const decoded = rest.includes("%") ? decodedPath(rest) : rest;
  if (decoded === null || decoded.includes("//") || decoded.includes("\0")) return null;
  if (decoded.includes("/.") && !dotSegmentsVisible(decoded.slice(1), dotfiles)) return null;
  const directory = decoded.endsWith("/");
  return {
    name: decoded.slice(1, directory ? Math.max(1, decoded.length - 1) : undefined),
    directory,
  };
}

/** Tells whether a name in a directory is kept from visitors; `atRoot`: the directory is the root. */
export function isHidden(name: string, atRoot: boolean, dotfiles: boolean): boolean {
  return name.startsWith(".") && !dotfiles && !(atRoot && name === WELL_KNOWN);
}

function decodedPath(rest: string): string | null {
  // An encoded slash separates nothing, and no file name holds one.
  if (/%2f/i.test(rest)) return null;
  try {
    return decodeURIComponent(rest);
  } catch {
    return null;
  }
}

function dotSegmentsVisible(relative: string, dotfiles: boolean): boolean {
  return relative
    .split("/")
    .every((name, i) => name !== "." && name !== ".." && !isHidden(name, i === 0, dotfiles));
}
