import type { Style } from "./style.ts";

/** One output stream of the process, and what it can show. */
export interface TextOutput {
  write(text: string): void;
  /** Emoji, source lines and carets are shown: the stream is a terminal. */
  readonly isTerminal: boolean;
  /** Colours are shown as well: nothing (`NO_COLOR`, `TERM=dumb`) forbids them. */
  readonly colours: boolean;
}

/** What a command sees of the process that runs it. */
export interface Terminal {
  readonly stdout: TextOutput;
  readonly stderr: TextOutput;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Opens the streams of this process. */
export function processTerminal(): Terminal {
  return {
    stdout: output(process.stdout, process.env),
    stderr: output(process.stderr, process.env),
    env: process.env,
  };
}

function output(stream: NodeJS.WriteStream, env: Terminal["env"]): TextOutput {
  // A reader that has seen enough (`prox schema | head`) is no fault.
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  const isTerminal = stream.isTTY === true;
  // no-color.org: any value but the empty one counts.
  const muted = (env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb";
  return {
    write: (text) => void stream.write(text),
    isTerminal,
    colours: isTerminal && !muted,
  };
}

/** What texts on a stream may be decorated with. */
export function outputStyle({ isTerminal, colours }: TextOutput): Style {
  return { terminal: isTerminal, colours };
}
