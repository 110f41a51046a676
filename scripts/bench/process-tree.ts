import { readdirSync, readFileSync, writeFileSync } from "node:fs";

/** Ticks of /proc/PID/stat in a second (USER_HZ, fixed at 100 in Linux's interface). */
const TICKS_PER_SECOND = 100;

/** Lists a process and all its descendants. */
function processTree(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync("/proc")) {
    const pid = Number(entry);
    if (!Number.isInteger(pid)) continue;
    const parent = Number(statFields(pid)?.[1] ?? -1);
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const tree = [root];
  // The list grows while it is walked: breadth first.
  for (const pid of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
}

/** Sums user and system time, in microseconds, of a process tree; children that it reaped included. */
export function cpuMicroseconds(root: number): number {
  let ticks = 0;
  for (const pid of processTree(root)) {
    const fields = statFields(pid);
    // utime, stime, cutime, cstime: 14 to 17 in proc(5), which counts pid and command as 1 and 2.
    for (let i = 11; i <= 14; i++) ticks += Number(fields?.[i] ?? 0);
  }
  return (ticks * 1_000_000) / TICKS_PER_SECOND;
}

/** Sums the highest resident set, in bytes, of each process since its last reset. */
export function peakMemory(root: number): number {
  return sumStatus(root, "VmHWM");
}

/** Sums the resident set now, in bytes. */
export function residentMemory(root: number): number {
  return sumStatus(root, "VmRSS");
}

/** Lets `peakMemory` count from now on. */
export function resetPeakMemory(root: number): void {
  for (const pid of processTree(root)) {
    try {
      writeFileSync(`/proc/${pid}/clear_refs`, "5");
    } catch {
      // Gone, or not ours: then the peak counts from its start.
    }
  }
}

function sumStatus(root: number, field: string): number {
  let kibibytes = 0;
  for (const pid of processTree(root)) {
    const status = read(`/proc/${pid}/status`);
    kibibytes += Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0);
  }
  return kibibytes * 1024;
}

/** Fields of /proc/PID/stat after the command's name, which may hold spaces: state is the first. */
function statFields(pid: number): string[] | undefined {
  const stat = read(`/proc/${pid}/stat`);
  const end = stat.lastIndexOf(")");
  return end === -1 ? undefined : stat.slice(end + 2).split(" ");
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
