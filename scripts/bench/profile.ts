import { join } from "node:path";

/** Where time goes, by the object that perf found it in. */
const SHARES: readonly (readonly [name: string, objects: RegExp])[] = [
  ["kernel", /^\[(kernel|guest|vdso|vsyscall)|^\[[\w.-]+\]\.ko$|\.ko$/],
  ["JIT code", /^(\[JIT\]|\[?anon|\/\/anon|JIT|perf-\d+\.map|\[unknown\]|jitted)/],
  ["libc", /^(libc|libpthread|ld-linux|libm)\b/],
];
const NATIVE = "program's own native code";
const SYMBOLS_SHOWN = 20;

/** Samples a process under load and renders the split, and its dearest symbols, as Markdown. */
export async function profile(
  pid: number,
  { folder, seconds }: { readonly folder: string; readonly seconds: number },
): Promise<string> {
  const recording = join(folder, `perf-${pid}.data`);
  await perf(["record", "-q", "-F", "1999", "-o", recording, "-p", String(pid)], seconds);
  const report = (sort: string) =>
    perf(["report", "-i", recording, "--stdio", "-q", "-F", "overhead", "-s", sort], 0);
  const objects = parseReport(await report("dso"));
  const symbols = parseReport(await report("dso,sym")).slice(0, SYMBOLS_SHOWN);
  return [
    "| share | where |",
    "|---:|---|",
    ...shares(objects).map(([name, percent]) => `| ${percent.toFixed(1)} % | ${name} |`),
    "",
    "| share | symbol |",
    "|---:|---|",
    ...symbols.map(({ percent, name }) => `| ${percent.toFixed(1)} % | \`${name}\` |`),
    "",
  ].join("\n");
}

interface Line {
  readonly percent: number;
  readonly name: string;
}

function shares(objects: readonly Line[]): [string, number][] {
  const sums = new Map<string, number>();
  for (const { percent, name } of objects) {
    const share = SHARES.find(([, pattern]) => pattern.test(name))?.[0] ?? NATIVE;
    sums.set(share, (sums.get(share) ?? 0) + percent);
  }
  return [...sums].sort(([, a], [, b]) => b - a);
}

/** Reads lines such as `  64.02%  [kernel.kallsyms]  [k] copy_user`. */
function parseReport(text: string): Line[] {
  const lines: Line[] = [];
  for (const line of text.split("\n")) {
    const match = /^\s*([\d.]+)%\s+(.*\S)\s*$/.exec(line);
    if (match !== null) {
      lines.push({ percent: Number(match[1]), name: (match[2] ?? "").replace(/\s{2,}/g, " ") });
    }
  }
  return lines.sort((a, b) => b.percent - a.percent);
}

async function perf(args: readonly string[], seconds: number): Promise<string> {
  const timed = seconds > 0 ? ["--", "sleep", String(seconds)] : [];
  const child = Bun.spawn(["perf", ...args, ...timed], { stdout: "pipe", stderr: "pipe" });
  const [output, complaints] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  if ((await child.exited) !== 0) throw new Error(`perf ${args[0]} failed: ${complaints}`);
  return output;
}
