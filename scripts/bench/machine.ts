/**
 * One line about where the numbers come from.
 *
 * @module
 */

import { isCompiled } from "../../tests/e2e/support/program.ts";

/** Processor, cores, memory, kernel, runtime, what was measured. */
export async function describeMachine(): Promise<string> {
  const info = await Deno.readTextFile("/proc/cpuinfo").catch(() => "");
  const model = /model name\s*: (.*)/.exec(info)?.[1] ?? Deno.build.arch;
  const memoryGb = Deno.systemMemoryInfo().total / 1e9;
  return [
    `${model}, ${navigator.hardwareConcurrency} cores, ${
      memoryGb.toFixed(0)
    } GB`,
    `${Deno.build.os} ${Deno.osRelease()}`,
    isCompiled ? "compiled executable" : `source on Deno ${Deno.version.deno}`,
  ].join("; ");
}
