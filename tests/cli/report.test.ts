import { describe, expect, test } from "bun:test";
import { renderReport, renderReportJson } from "../../src/cli/report.ts";
import type { ConfigIssue } from "../../src/config/issue.ts";
import type { ConfigurationReading } from "../../src/configuration.ts";
import { expectGolden } from "../support/golden.ts";

const STYLES = [
  ["plain", { terminal: false, colours: false }],
  ["terminal", { terminal: true, colours: false }],
  ["colours", { terminal: true, colours: true }],
] as const;

const GOOD_TEXT = 'listen_addr: "127.0.0.1:8080"\nroutes:\n  /api:\n    type: proxy\n';
const BAD_TEXT = `listen_addr: "nowhere"\nroutes:\n\t/api: {type: "próxy", ${"x".repeat(300)}: 1, tragets: 2}\n`;

const WARNING: ConfigIssue = {
  severity: "warning",
  path: "routes./api",
  code: "surprise",
  message: "Route '/api' may surprise",
  hint: "Look again.",
  line: 3,
  column: 3,
};
const ERRORS: readonly ConfigIssue[] = [
  {
    ...WARNING,
    severity: "error",
    path: "listen_addr",
    code: "bad_address",
    message: "Invalid listen address: nowhere",
    line: 1,
    column: 14,
  },
  {
    ...WARNING,
    severity: "error",
    path: "routes./api.tragets",
    code: "unknown_field",
    message: "Unknown field 'tragets' - did you mean 'targets'?",
    hint: "Rename it.",
    line: 3,
    column: 330,
  },
  {
    ...WARNING,
    severity: "error",
    path: "",
    code: "whole_file",
    message: "Something with the whole file",
    hint: "",
    line: 0,
    column: 0,
  },
];

const summary = { listenAddr: "127.0.0.1:8080", routes: 1, tls: false, healthChecks: true };

function reading(
  text: string | null,
  issues: readonly ConfigIssue[],
  yamlParsed = true,
): ConfigurationReading {
  const valid = issues.every((issue) => issue.severity === "warning");
  return {
    file: "config.yaml",
    text,
    loaded: { valid, issues, plan: null, summary, yamlParsed },
  };
}

const CASES: readonly (readonly [name: string, reading: ConfigurationReading])[] = [
  ["good", reading(GOOD_TEXT, [])],
  ["warning", reading(GOOD_TEXT, [WARNING])],
  ["bad", reading(BAD_TEXT, [...ERRORS, WARNING])],
  ["not-yaml", reading("a: [\n", ERRORS.slice(0, 1), false)],
  ["not-found", reading(null, ERRORS.slice(2), false)],
];

describe("renderReport", () => {
  for (const [styleName, style] of STYLES) {
    test.each(CASES)(`shows the case '%s' in style ${styleName}`, (name, report) => {
      expectGolden(`cli/report/${name}.${styleName}.txt`, renderReport(report, style));
    });
  }

  test("never lets a configuration write control characters to the terminal", () => {
    const message = "bad \u001b[2Jthing\u0007\u009b1m\u202e";
    const issue = { ...WARNING, message, hint: message, line: 1, column: 5 };
    const text = renderReport(reading(message, [issue]), { terminal: true, colours: false });
    expect(text).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
  });

  test("puts the caret under wide characters where they stand", () => {
    const issue = { ...WARNING, line: 1, column: 4 };
    const text = renderReport(reading("日本:x", [issue]), { terminal: true, colours: false });
    expect(text).toContain("1 | 日本:x\n       |      ^\n");
  });

  test("names each hint once", () => {
    const text = renderReport(reading(GOOD_TEXT, [WARNING, { ...WARNING, line: 4 }]), {
      terminal: false,
      colours: false,
    });
    expect(text.split("Look again.")).toHaveLength(2);
  });
});

describe("renderReportJson", () => {
  test("has exactly the keys of the contract", () => {
    const report: unknown = JSON.parse(renderReportJson(reading(BAD_TEXT, [...ERRORS, WARNING])));
    expect(report).toEqual({
      valid: false,
      file: "config.yaml",
      summary: { listen_addr: "127.0.0.1:8080", routes: 1, tls: false, health_checks: true },
      errors: ERRORS.map(({ severity: _, ...issue }) => issue),
      warnings: [
        {
          path: "routes./api",
          code: "surprise",
          message: "Route '/api' may surprise",
          hint: "Look again.",
          line: 3,
          column: 3,
        },
      ],
    });
  });
});
