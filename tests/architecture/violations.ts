/** Planted violations: each file, put into a copy of the tree, must draw exactly the rules named. */
export interface Violation {
  readonly file: string;
  readonly source: string;
  readonly rules: readonly string[];
}

const IMPORTS = "lint/style/noRestrictedImports";
const GLOBALS = "lint/style/noRestrictedGlobals";
const CYCLES = "lint/suspicious/noImportCycles";

/** A folder of the house and what a file there may not import. */
const FORBIDDEN_IMPORTS: readonly (readonly [folder: string, specifiers: readonly string[]])[] = [
  [
    "src/utils",
    ["../ports/clock.ts", "../core/model.ts", "../app.ts", "node:fs", "bun", "bun:ffi", "bun:test"],
  ],
  [
    "src/ports",
    ["../core/model.ts", "../utils/header-list.ts", "../worker.ts", "node:net", "bun", "yaml"],
  ],
  [
    "src/core",
    [
      "../config/load.ts",
      "../adapters/system/clock.ts",
      "../cli/root.ts",
      "../app.ts",
      "../configuration.ts",
      "../worker.ts",
      "../main.ts",
      "node:path",
      "bun",
      "bun:ffi",
      "yaml",
      "@sinclair/typebox",
    ],
  ],
  [
    "src/core/upstream/selection",
    ["../../../config/load.ts", "../../../adapters/system/clock.ts", "../../../app.ts", "node:os"],
  ],
  [
    "src/config",
    [
      "../adapters/system/clock.ts",
      "../cli/root.ts",
      "../app.ts",
      "../configuration.ts",
      "../worker.ts",
      "../main.ts",
      "node:fs",
      "bun",
      "citty",
    ],
  ],
  [
    "src/config/schema",
    ["../../adapters/system/clock.ts", "../../cli/root.ts", "../../main.ts", "node:path"],
  ],
  [
    "src/adapters/tcp",
    [
      "../http1/codec/message.ts",
      "../system/clock.ts",
      "../../core/model.ts",
      "../../config/load.ts",
      "../../cli/root.ts",
      "../../app.ts",
      "../../configuration.ts",
      "../../worker.ts",
      "../../main.ts",
    ],
  ],
  ...["codec", "server", "client"].map(
    (part) =>
      [
        `src/adapters/http1/${part}`,
        [
          "../../tcp/listen.ts",
          "../../../core/model.ts",
          "../../../config/load.ts",
          "../../../cli/root.ts",
          "../../../app.ts",
          "../../../configuration.ts",
          "../../../worker.ts",
        ],
      ] as const,
  ),
  [
    "src/adapters/http1/client/pool",
    ["../../../tcp/listen.ts", "../../../../core/model.ts", "../../../../app.ts"],
  ],
  [
    "src/adapters/http1/client/pool/queue",
    [
      "../../../../tcp/listen.ts",
      "../../../../../core/model.ts",
      "../../../../../app.ts",
      "../../../../../configuration.ts",
    ],
  ],
  ["src/adapters/http1/a/b/c/d", ["./anything.ts"]],
  ["src/cli", ["../adapters/system/clock.ts", "../adapters/http1/server/engine.ts"]],
  ["src/cli/report", ["../../adapters/system/clock.ts"]],
];

/** Every form that an import takes; the layers hold for all of them. */
const IMPORT_FORMS: readonly ((specifier: string) => string)[] = [
  (from) => `import { thing } from "${from}";\nexport const planted = thing;\n`,
  (from) => `import type { Thing } from "${from}";\nexport type Planted = Thing;\n`,
  (from) => `import "${from}";\nexport const planted = 1;\n`,
  (from) => `export async function planted() {\n  return await import("${from}");\n}\n`,
];

function layerViolations(): Violation[] {
  const violations: Violation[] = [];
  for (const [folder, specifiers] of FORBIDDEN_IMPORTS) {
    for (const specifier of specifiers) {
      for (const form of IMPORT_FORMS) {
        const file = `${folder}/planted-layer-${violations.length}.ts`;
        violations.push({ file, source: form(specifier), rules: [IMPORTS] });
      }
    }
  }
  for (const file of ["src/main.ts", "src/planted-root.ts"]) {
    const source = 'import "./adapters/system/clock.ts";\nexport const planted = 1;\n';
    violations.push({ file, source, rules: [IMPORTS] });
  }
  return violations;
}

function globalViolations(): Violation[] {
  const uses = [
    "Bun.version",
    "process.pid",
    "Buffer.alloc(1)",
    'fetch("http://localhost/")',
    "Date.now()",
    "new Date()",
    "setTimeout(() => {}, 1)",
    "setInterval(() => {}, 1)",
    "setImmediate(() => {})",
    "performance.now()",
    "globalThis.Date.now()",
  ];
  const values = uses.map((use, i) => ({
    file: `src/core/routing/planted-global-${i}.ts`,
    source: `export const planted = () => ${use};\n`,
    rules: [GLOBALS],
  }));
  const types = ["Buffer", "Date", "Bun.Socket<unknown>", "NodeJS.Timeout"].map((type, i) => ({
    file: `src/core/planted-global-type-${i}.ts`,
    source: `export type Planted = readonly ${type}[];\n`,
    rules: [GLOBALS],
  }));
  const ports = {
    file: "src/ports/planted-global.ts",
    source: "export type Planted = (bytes: Buffer) => void;\n",
    rules: [GLOBALS],
  };
  return [...values, ...types, ports];
}

function cycleViolations(): Violation[] {
  const pair = (folder: string, name: string, kind: "" | "type "): Violation[] =>
    (["a", "b"] as const).map((end) => {
      const other = end === "a" ? "b" : "a";
      const imported = `import ${kind}{ ${other} } from "./planted-${name}-${other}.ts";\n`;
      const exported =
        kind === ""
          ? `export const ${end}: () => unknown = () => ${other};\n`
          : `export interface ${end} {\n  readonly next: ${other};\n}\n`;
      return {
        file: `${folder}/planted-${name}-${end}.ts`,
        source: imported + exported,
        rules: [CYCLES],
      };
    });
  return [
    ...pair("src/core", "value-cycle", ""),
    ...pair("src/ports", "type-cycle", "type "),
    ...pair("src/adapters/http1/codec", "value-cycle", ""),
    ...pair("src/adapters/http1/codec", "type-cycle", "type "),
    ...pair("tests/support", "value-cycle", ""),
  ];
}

const lines = (count: number, line: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => line(i)).join("\n");

const STYLE_VIOLATIONS: readonly (readonly [name: string, source: string, rule: string])[] = [
  ["any", "export type Planted = any;\n", "lint/suspicious/noExplicitAny"],
  ["import-type", 'export type Planted = import("./header-list.ts").Thing;\n', "plugin"],
  ["default", "export default 1;\n", "lint/style/noDefaultExport"],
  ["enum", "export enum Planted {\n  One,\n}\n", "lint/style/noEnum"],
  [
    "non-null",
    "export const planted = (text: string | null) => text!.length;\n",
    "lint/style/noNonNullAssertion",
  ],
  ["console", 'export const planted = () => console.log("");\n', "lint/suspicious/noConsole"],
  ["barrel", 'export { headerValue } from "./header-list.ts";\n', "lint/performance/noBarrelFile"],
  ["extension", 'import "./header-list";\n', "lint/correctness/useImportExtensions"],
  ["dependency", 'import "left-pad";\n', "lint/correctness/noUndeclaredDependencies"],
  [
    "parameter-property",
    "export class Planted {\n  constructor(readonly one: number) {}\n}\n",
    "lint/style/noParameterProperties",
  ],
  [
    "floating-promise",
    "async function one() {\n  return await Promise.resolve(1);\n}\nexport function planted() {\n  one();\n}\n",
    "lint/nursery/noFloatingPromises",
  ],
  [
    "long-file",
    `${lines(310, (i) => `export const line${i} = ${i};`)}\n`,
    "lint/style/noExcessiveLinesPerFile",
  ],
  [
    "long-function",
    `export function planted() {\n${lines(70, (i) => `  globalThis.name = "${i}";`)}\n}\n`,
    "lint/complexity/noExcessiveLinesPerFunction",
  ],
  [
    "complex-function",
    `export function planted(n: number) {\n${lines(17, (i) => `  if (n === ${i}) return ${i + 1};`)}\n  return 0;\n}\n`,
    "lint/complexity/noExcessiveCognitiveComplexity",
  ],
];

function styleViolations(): Violation[] {
  const single = STYLE_VIOLATIONS.map(([name, source, rule]) => ({
    file: `src/utils/planted-${name}.ts`,
    source,
    rules: [rule],
  }));
  const star = {
    file: "src/utils/planted-star.ts",
    source: 'export * from "./header-list.ts";\n',
    rules: ["lint/performance/noBarrelFile", "lint/performance/noReExportAll"],
  };
  const name = {
    file: "src/utils/plantedName.ts",
    source: "export const planted = 1;\n",
    rules: ["lint/style/useFilenamingConvention"],
  };
  return [...single, star, name];
}

export const VIOLATIONS: readonly Violation[] = [
  ...layerViolations(),
  ...globalViolations(),
  ...cycleViolations(),
  ...styleViolations(),
];
