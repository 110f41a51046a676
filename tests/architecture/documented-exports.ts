const EXPORTED =
  /^export (?:declare )?(?:abstract )?(?:async )?(?:function\*?|const|let|class|interface|type) ([\w$]+)/;

/**
 * Names the exports of a module, with their line, that no docstring precedes. Overloads share the
 * docstring of the first.
 */
export function undocumentedExports(source: string): string[] {
  const lines = source.split("\n");
  const missing: string[] = [];
  const seen = new Set<string>();
  for (const [index, line] of lines.entries()) {
    const name = EXPORTED.exec(line)?.[1];
    if (name === undefined || seen.has(name)) continue;
    seen.add(name);
    if (!endsDocstring(lines, index - 1)) missing.push(`${index + 1}: ${name}`);
  }
  return missing;
}

/** Tells whether a comment that opens with two stars, and says something, ends in the line. */
function endsDocstring(lines: readonly string[], end: number): boolean {
  if (!lines[end]?.trimEnd().endsWith("*/")) return false;
  let start = end;
  while (start > 0 && !lines[start]?.includes("/*")) start -= 1;
  const text = lines.slice(start, end + 1).join(" ");
  return text.trimStart().startsWith("/**") && /\w/.test(text);
}
