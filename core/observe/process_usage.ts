/**
 * What processes use, as the operating system tells.
 *
 * Linux has it in /proc, macOS in `ps`, which is started once for all of them.
 * On Windows nothing that starts quickly tells, so nobody is told.
 *
 * @module
 */

/** Of one process, without its children. */
export interface ProcessUsage {
  /** User and system time since it started. */
  readonly cpuSeconds: number;
  /** Resident memory. */
  readonly memoryBytes: number;
}

/** The same on every Linux that anybody runs: sysconf(_SC_CLK_TCK). */
const TICKS_PER_SECOND = 100;
const UTIME = 11;
const STIME = 12;

/** Asks for several processes at once; those that are gone are left out. */
export async function readProcessUsage(
  pids: readonly number[],
  os: string = Deno.build.os,
): Promise<ReadonlyMap<number, ProcessUsage>> {
  if (pids.length === 0 || os === "windows") return new Map();
  return os === "linux" ? await readProc(pids) : await askPs(pids);
}

async function readProc(
  pids: readonly number[],
): Promise<Map<number, ProcessUsage>> {
  const usage = new Map<number, ProcessUsage>();
  await Promise.all(pids.map(async (pid) => {
    try {
      const [stat, status] = await Promise.all([
        Deno.readTextFile(`/proc/${pid}/stat`),
        Deno.readTextFile(`/proc/${pid}/status`),
      ]);
      const found = parseProc(stat, status);
      if (found !== undefined) usage.set(pid, found);
    } catch {
      // It has just ended.
    }
  }));
  return usage;
}

/** Reads /proc/PID/stat and /proc/PID/status. */
export function parseProc(
  stat: string,
  status: string,
): ProcessUsage | undefined {
  // The name in front may hold blanks and parentheses.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const resident = /^VmRSS:\s*(\d+) kB$/m.exec(status);
  if (resident === null) return undefined;
  const ticks = Number(fields[UTIME]) + Number(fields[STIME]);
  return {
    cpuSeconds: ticks / TICKS_PER_SECOND,
    memoryBytes: Number(resident[1]) * 1024,
  };
}

/** The same columns on macOS, the BSDs and Linux. */
async function askPs(
  pids: readonly number[],
): Promise<Map<number, ProcessUsage>> {
  try {
    const { stdout } = await new Deno.Command("ps", {
      args: ["-o", "pid=,time=,rss=", "-p", pids.join(",")],
      stdin: "null",
      stderr: "null",
    }).output();
    return parsePs(new TextDecoder().decode(stdout));
  } catch {
    return new Map();
  }
}

/** Reads `pid time rss`: `501 1:02.50 2048`, `501 1-02:03:04 2048`. */
export function parsePs(text: string): Map<number, ProcessUsage> {
  const usage = new Map<number, ProcessUsage>();
  const line =
    /^\s*(\d+)\s+(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+(?:[.,]\d+)?)\s+(\d+)\s*$/gm;
  for (
    const [, pid, days, hours, minutes, seconds, kib] of text.matchAll(line)
  ) {
    const wholeHours = Number(days ?? 0) * 24 + Number(hours ?? 0);
    usage.set(Number(pid), {
      cpuSeconds: wholeHours * 3600 + Number(minutes) * 60 +
        Number(seconds.replace(",", ".")),
      memoryBytes: Number(kib) * 1024,
    });
  }
  return usage;
}
