/** Weight of a log line, lightest first. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** Values that a log line may carry beside its message. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** The operational log: one line per event, with plain fields. Never on the hot path. */
export interface Logger {
  log(level: LogLevel, message: string, fields?: LogFields): void;
}

/** Where finished lines of the access log go; batches them, never blocks, never throws. */
export interface LineSink {
  /** Takes one line of ASCII, without its line feed; copies what it keeps. */
  write(line: Uint8Array): void;
  /** Writes what is batched. */
  flush(): Promise<void>;
}
