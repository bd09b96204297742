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

function config(readsAhead: boolean): string {
  const output = {
    path: "out",
    batch: 1,
    perEnvelopeMs: 1,
    rejectsOneIn: 0,
    readsAhead: readsAhead ? 1 : 0,
  };
  return `
task "slow" {
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

async function residentBytes(
  pid: number,
  key: "VmRSS" | "VmHWM",
): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const found = new RegExp(`^${key}:\\s+(\\d+) kB`, "m").exec(status);
  return Number(found?.[1]) * 1024;
}
