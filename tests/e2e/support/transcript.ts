/** A command of a console block, and what it is said to print. */
export interface Transcript {
  readonly command: string;
  readonly printed: string;
}

/** Takes the `$ ` lines and what follows each out of the console blocks of a Markdown text. */
export function readTranscripts(markdown: string): Transcript[] {
  const transcripts: Transcript[] = [];
  for (const [, block = ""] of markdown.matchAll(/^```console\n([\s\S]*?)^```$/gm)) {
    for (const part of block.split(/^\$ /m).slice(1)) {
      const end = part.indexOf("\n");
      transcripts.push({ command: part.slice(0, end), printed: part.slice(end + 1) });
    }
  }
  return transcripts;
}

/** Compares text with a transcript in which `…` stands for a part of a line, `...` for any lines. */
export function matchesTranscript(expected: string, actual: string): boolean {
  const pattern = expected
    .trimEnd()
    .split("\n")
    .map((line) => (line === "..." ? "(?:.*\\n)*?.*" : linePattern(line)))
    .join("\\n");
  return new RegExp(`^${pattern}\\n?$`).test(actual);
}

function linePattern(line: string): string {
  return line.split("…").map(escapePattern).join(".+");
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
