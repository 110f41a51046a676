import type { Clock } from "../../src/ports/clock.ts";
import type { LineSink, LogFields, Logger, LogLevel } from "../../src/ports/logger.ts";

/** A clock that the test turns by hand. */
export class FakeClock implements Clock {
  monotonic = 5_000;
  wall = 1_700_000_000_123;
  readonly #ticks = new Set<() => void>();

  now(): number {
    return this.monotonic;
  }

  wallTime(): number {
    return this.wall;
  }

  every(_milliseconds: number, tick: () => void): () => void {
    this.#ticks.add(tick);
    return () => this.#ticks.delete(tick);
  }

  advance(milliseconds: number): void {
    this.monotonic += milliseconds;
    this.wall += milliseconds;
    for (const tick of this.#ticks) tick();
  }
}

/** One line of the operational log. */
export interface LoggedLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

/** Keeps what is logged. */
export class MemoryLogger implements Logger {
  readonly lines: LoggedLine[] = [];

  log(level: LogLevel, message: string, fields: LogFields = {}): void {
    this.lines.push({ level, message, fields });
  }
}

/** Keeps the lines of an access log. */
export class MemoryLineSink implements LineSink {
  readonly lines: string[] = [];

  write(line: Uint8Array): void {
    this.lines.push(Buffer.from(line).toString("latin1"));
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  /** The lines, parsed. */
  get entries(): Record<string, unknown>[] {
    // JSON.parse gives anything; the tests compare with what they expect.
    return this.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }
}
