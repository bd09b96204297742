/**
 * The CLI's memory while an output is a thousand times slower than the input.
 *
 * @module
 */

import { programArgv } from "../e2e/support/program.ts";
import { TempFolder } from "../support/temp_folder.ts";
import { ours } from "./scenarios.ts";

/** What the design allows, on a built-in configuration with a window of 32 MiB. */
export const MEMORY_BOUND_BYTES = 180 * 1024 * 1024;

/** What was seen. */
export interface MemoryReport {
  readonly mostBytes: number;
  /** The resident memory in the middle and at the end. */
  readonly middleBytes: number;
  readonly lastBytes: number;
  /** Lines the output took. */
  readonly taken: number;
}

function config(readsAhead: boolean, spoolBytes = 0): string {
  const output = {
    path: "out",
    batch: 1,
    perEnvelopeMs: 1,
    rejectsOneIn: 0,
    readsAhead: readsAhead ? 1 : 0,
  };
  return `
task "slow" {
  delivery {
    spool_bytes = ${spoolBytes}
    spool_path  = "spool"
  }
  input {
    provider = "generate"
    config {
      size = 500
    }
  }
  ${ours("output", "v2", output)}
}
`;
}

/**
 * Runs for so long, then kills. Linux only: it reads /proc.
 * @param readsAhead Whether the output takes all it may, so that the window is
 * full; else its pipe is.
 */
export async function watchMemory(
  seconds: number,
  readsAhead: boolean,
): Promise<MemoryReport> {
  await using folder = await TempFolder.make({
    "dstream.hcl": config(readsAhead),
  });
  const [program, ...args] = programArgv(["run", "slow", "-l", "error"]);
  const child = new Deno.Command(program, {
    args,
    cwd: folder.path,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const samples: number[] = [];
  try {
    for (let second = 0; second < seconds; second++) {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      samples.push(await residentBytes(child.pid, "VmRSS"));
    }
    return {
      mostBytes: await residentBytes(child.pid, "VmHWM"),
      middleBytes: samples[Math.floor(samples.length / 2)],
      lastBytes: samples.at(-1)!,
      taken: (await folder.read("out")).split("\n").length - 1,
    };
  } finally {
    child.kill("SIGKILL");
    await child.status;
  }
}

/** What was seen of a spool. */
export interface SpoolReport {
  readonly spooledBytes: number;
  readonly mostBytes: number;
  readonly seconds: number;
}

/**
 * Runs until the files hold as much as they may, then kills. Linux only.
 * @throws {Error} When they don't within the time.
 */
export async function watchSpool(
  spoolBytes: number,
  limitSeconds: number,
): Promise<SpoolReport> {
  await using folder = await TempFolder.make({
    "dstream.hcl": config(false, spoolBytes),
  });
  await warmUp(folder.path);
  const [program, ...args] = programArgv(["run", "slow", "-l", "error"]);
  const child = new Deno.Command(program, {
    args,
    cwd: folder.path,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    for (let seconds = 1; seconds <= limitSeconds; seconds++) {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      const spooledBytes = await bytesIn(folder.join("spool"));
      // A chunk that does not fit any more waits in memory.
      if (spooledBytes < spoolBytes - 2 * 1024 * 1024) continue;
      const mostBytes = await residentBytes(child.pid, "VmHWM");
      return { spooledBytes, mostBytes, seconds };
    }
    throw new Error(`no ${spoolBytes} bytes in files in ${limitSeconds} s`);
  } finally {
    child.kill("SIGKILL");
    await child.status;
  }
}

/** Compiling the modules, which happens once, takes 70 MiB more than running them. */
async function warmUp(cwd: string): Promise<void> {
  const [program, ...args] = programArgv(["run", "slow", "--max", "1"]);
  const timeout = AbortSignal.timeout(60_000);
  await new Deno.Command(program, { args, cwd, signal: timeout }).output();
}

async function bytesIn(folder: string): Promise<number> {
  let sum = 0;
  try {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const path = `${folder}/${name}`;
      if (isDirectory) sum += await bytesIn(path);
      else sum += (await Deno.stat(path)).size;
    }
  } catch (error) {
    // It comes with the first that is spooled, and files go.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return sum;
}

async function residentBytes(
  pid: number,
  key: "VmRSS" | "VmHWM",
): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const found = new RegExp(`^${key}:\\s+(\\d+) kB`, "m").exec(status);
  return Number(found?.[1]) * 1024;
}
