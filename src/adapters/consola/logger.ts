import type { LogFields, Logger, LogLevel } from "../../ports/logger.ts";

/** How the operational log looks, and from which level on. */
export interface LoggerOptions {
  readonly level: LogLevel;
  readonly format: "pretty" | "json";
}

/** Creates the operational log on standard error: readable on a terminal, one JSON object a line elsewhere. */
export async function createLogger({ level, format }: LoggerOptions): Promise<Logger> {
  return format === "json" ? jsonLogger(level) : prettyLogger(level);
}

const ORDER: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

function jsonLogger(level: LogLevel): Logger {
  const lowest = ORDER[level];
  return {
    log(lineLevel, message, fields) {
      if (ORDER[lineLevel] < lowest) return;
      const line = { time: new Date().toISOString(), level: lineLevel, message, ...fields };
      process.stderr.write(`${printable(JSON.stringify(line))}\n`);
    },
  };
}

async function prettyLogger(level: LogLevel): Promise<Logger> {
  // Loaded on terminals only: services do without its memory.
  const { createConsola, LogLevels } = await import("consola");
  const consola = createConsola({
    level: LogLevels[level],
    stdout: process.stderr,
    stderr: process.stderr,
  });
  return {
    log(lineLevel, message, fields) {
      consola[lineLevel](fields === undefined ? message : `${message}${fieldText(fields)}`);
    },
  };
}

/** `key=value` pairs; values are quoted where they hold anything but plain characters, so that none can forge a line. */
function fieldText(fields: LogFields): string {
  let text = "";
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const plain = String(value);
    const quoted = /^[\w.:/@+-]+$/.test(plain) ? plain : printable(JSON.stringify(plain));
    text += ` ${name}=${quoted}`;
  }
  return text;
}

/** **Security:** JSON escapes C0 controls only; terminals obey DEL and C1 as well. */
function printable(json: string): string {
  return json.replace(C1_CONTROL, (char) => `\\u00${char.charCodeAt(0).toString(16)}`);
}

const C1_CONTROL = /[\x7f-\x9f]/g;
