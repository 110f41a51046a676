import type { ConfigIssue } from "./issue.ts";
import { type ConfigPath, formatPath } from "./path.ts";

/** What part of an entry an issue points at. */
export type IssuePlace = "key" | "value";

/** A position in the file, 1-based; zeros where unknown. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Finds where an entry stands in the file. */
export type Locate = (path: ConfigPath, place: IssuePlace) => Position;

/** One issue as a rule reports it. */
export interface IssueReport {
  readonly path: ConfigPath;
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  /** Default: the value. */
  readonly place?: IssuePlace;
}

/** Collects the issues of one load. */
export class IssueLog {
  readonly #issues: ConfigIssue[] = [];
  readonly #locate: Locate;
  #errors = 0;

  constructor(locate: Locate) {
    this.#locate = locate;
  }

  /** Whether any error was reported. */
  get failed(): boolean {
    return this.#errors > 0;
  }

  /** Reports what makes the configuration unusable. */
  error(report: IssueReport): void {
    this.#errors++;
    this.#add("error", report);
  }

  /** Reports an error of the text itself, at a position rather than at an entry. */
  errorAt(position: Position, code: string, message: string, hint: string): void {
    this.#errors++;
    this.#issues.push({ severity: "error", path: "", code, message, hint, ...position });
  }

  /** Reports what will surprise. */
  warn(report: IssueReport): void {
    this.#add("warning", report);
  }

  /**
   * Lists the issues in the order of the file; those of one place stay in the order of reporting.
   * What is said twice of one place (through aliases) is listed once, and a text that lacks a
   * variable is not blamed for what it is without it.
   */
  sorted(): ConfigIssue[] {
    const seen = new Set<string>();
    const incomplete = new Set<string>();
    return this.#issues
      .sort((a, b) => a.line - b.line || a.column - b.column)
      .filter(({ line, column, code, message }) => {
        const place = `${line}:${column}`;
        if (code.startsWith("env_")) incomplete.add(place);
        else if (incomplete.has(place)) return false;
        const whole = `${place} ${code} ${message}`;
        if (line > 0 && seen.has(whole)) return false;
        seen.add(whole);
        return true;
      });
  }

  #add(severity: ConfigIssue["severity"], report: IssueReport): void {
    const { path, code, message, hint = "", place = "value" } = report;
    const { line, column } = this.#locate(path, place);
    this.#issues.push({ severity, path: formatPath(path), code, message, hint, line, column });
  }
}
