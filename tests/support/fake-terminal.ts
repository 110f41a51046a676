import type { Terminal, TextOutput } from "../../src/cli/terminal.ts";

/** A terminal that keeps what is written. */
export interface FakeTerminal extends Terminal {
  readonly written: { stdout: string; stderr: string };
}

/** Makes a terminal, or the plain output that a pipe is. */
export function fakeTerminal({ isTerminal = false, colours = false } = {}): FakeTerminal {
  const written = { stdout: "", stderr: "" };
  const output = (name: "stdout" | "stderr"): TextOutput => ({
    write: (text) => {
      written[name] += text;
    },
    isTerminal,
    colours,
  });
  return { written, stdout: output("stdout"), stderr: output("stderr"), env: {} };
}
