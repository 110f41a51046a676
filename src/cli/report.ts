import type { ConfigIssue } from "../config/issue.ts";
import type { ConfigSummary } from "../config/load.ts";
import type { ConfigurationReading } from "../configuration.ts";
import { createPaint, type Paint, printable, type Style } from "./style.ts";

/**
 * Renders what `prox validate` says of a configuration. A terminal gets emoji and the source line
 * of each problem with a caret, everything else the same words alone.
 */
export function renderReport(reading: ConfigurationReading, style: Style): string {
  const paint = createPaint(style);
  const { loaded } = reading;
  const errors = loaded.issues.filter((issue) => issue.severity === "error");
  const warnings = loaded.issues.filter((issue) => issue.severity === "warning");

  const lines = [paint.mark("🔍", `Validating configuration file: ${printable(reading.file)}`)];
  if (loaded.yamlParsed) lines.push(paint.mark("✅", "YAML parsing: OK"));
  if (errors.length > 0) {
    lines.push(paint.red(paint.mark("❌", "Configuration validation failed:")), "");
    lines.push(`Found ${errors.length} validation error(s):`);
    lines.push(...numbered(errors, reading, paint));
  } else {
    lines.push(paint.mark("✅", "Configuration validation: OK"));
  }
  if (warnings.length > 0) {
    lines.push("", paint.yellow(paint.mark("⚠", `Found ${warnings.length} warning(s):`)));
    lines.push(...numbered(warnings, reading, paint));
  }
  lines.push(...fixes(loaded.issues, paint));
  if (errors.length === 0) lines.push(...summaryLines(loaded.summary, paint));
  return `${lines.join("\n")}\n`;
}

/** Renders the same for programs; the keys are part of the contract. */
export function renderReportJson(reading: ConfigurationReading): string {
  const { valid, issues, summary } = reading.loaded;
  const report = {
    valid,
    file: reading.file,
    summary: {
      listen_addr: summary.listenAddr,
      routes: summary.routes,
      tls: summary.tls,
      health_checks: summary.healthChecks,
    },
    errors: issues.filter((issue) => issue.severity === "error").map(issueJson),
    warnings: issues.filter((issue) => issue.severity === "warning").map(issueJson),
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

function issueJson({ path, code, message, hint, line, column }: ConfigIssue): object {
  return { path, code, message, hint, line, column };
}

function numbered(
  issues: readonly ConfigIssue[],
  reading: ConfigurationReading,
  paint: Paint,
): string[] {
  const source = reading.text?.split(/\r\n|\r|\n/) ?? [];
  const width = String(issues.length).length;
  const indent = " ".repeat(width + 4);
  return issues.flatMap((issue, index) => [
    `  ${String(index + 1).padStart(width)}. ${paint.bold(printable(issue.message))}`,
    ...(issue.line > 0 ? [`${indent}${paint.dim(`at ${place(issue, reading.file)}`)}`] : []),
    ...(paint.terminal ? excerpt(issue, source, paint).map((line) => indent + line) : []),
  ]);
}

function place(issue: ConfigIssue, file: string): string {
  return [printable(file), issue.line, ...(issue.column > 0 ? [issue.column] : [])].join(":");
}

/** Widest part of a source line that is shown. */
const EXCERPT_COLUMNS = 100;

/** The source line with a caret below the column. */
function excerpt(issue: ConfigIssue, source: readonly string[], paint: Paint): string[] {
  const line = source[issue.line - 1];
  if (line === undefined || issue.column < 1) return [];
  // Of a very long line, the part around the column.
  const start = Math.max(0, issue.column - EXCERPT_COLUMNS + 20);
  const before = printable(line.slice(start, issue.column - 1));
  const after = printable(line.slice(issue.column - 1, start + EXCERPT_COLUMNS));
  const number = String(issue.line);
  const gutter = " ".repeat(number.length);
  return [
    `${paint.dim(`${number} |`)} ${before}${after}`,
    `${paint.dim(`${gutter} |`)} ${" ".repeat(Bun.stringWidth(before))}${paint.red("^")}`,
  ];
}

function fixes(issues: readonly ConfigIssue[], paint: Paint): string[] {
  const hints = new Set(issues.map((issue) => issue.hint).filter((hint) => hint !== ""));
  if (hints.size === 0) return [];
  const title = paint.mark("💡", "Common fixes:");
  return ["", title, ...[...hints].map((hint) => `   • ${printable(hint)}`)];
}

function summaryLines(summary: ConfigSummary, paint: Paint): string[] {
  return [
    "",
    paint.mark("📋", "Configuration Summary:"),
    `   • Listen Address: ${printable(summary.listenAddr)}`,
    `   • Routes: ${summary.routes}`,
    `   • TLS Enabled: ${summary.tls ? "Yes" : "No"}`,
    `   • Health Checks: ${summary.healthChecks ? "Enabled" : "Disabled"}`,
    "",
    paint.green(paint.mark("🎉", "Configuration is valid and ready to use!")),
  ];
}
