/**
 * Builds the single binary: `bun scripts/build.ts [--outfile FILE]` (dist/prox).
 */
import { mkdirSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";

const { values: options } = parseArgs({ options: { outfile: { type: "string" } } });

const folder = join(import.meta.dir, "..");
const outfile = resolve(options.outfile ?? join(folder, "dist", "prox"));
const started = performance.now();

mkdirSync(dirname(outfile), { recursive: true });
await build();
const seconds = ((performance.now() - started) / 1000).toFixed(1);
const megabytes = (statSync(outfile).size / 1e6).toFixed(1);
console.log(`${outfile}: ${megabytes} MB, commit ${commit()}, in ${seconds} s`);

async function build(): Promise<void> {
  const command = [
    ...[process.execPath, "build", join(folder, "src", "main.ts")],
    ...["--compile", "--minify", "--bytecode", "--format=esm", "--sourcemap=linked"],
    // Keeps what is imported lazily out of the part that every start has to load.
    "--splitting",
    // Security: otherwise a bunfig.toml or .env in the working directory runs code in the proxy.
    ...["--no-compile-autoload-dotenv", "--no-compile-autoload-bunfig"],
    ...["--define", `PROX_COMMIT=${JSON.stringify(commit())}`],
    ...["--outfile", outfile],
  ];
  const child = Bun.spawn(command, { cwd: folder, stdout: "pipe", stderr: "pipe" });
  const [output, errors, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code === 0) return;
  console.error(`${output}${errors}build: bun build failed with ${code}`);
  process.exit(1);
}

/** Short commit id, with a mark where the tree differs from it; `unknown` outside of git. */
function commit(): string {
  const git = (...args: string[]) =>
    Bun.spawnSync(["git", ...args], { cwd: folder, stdout: "pipe", stderr: "ignore" });
  const head = git("rev-parse", "--short=7", "HEAD");
  if (!head.success) return "unknown";
  const dirty = git("status", "--porcelain", "--untracked-files=no").stdout.length > 0;
  return `${head.stdout.toString().trim()}${dirty ? "-dirty" : ""}`;
}
