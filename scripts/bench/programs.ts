/**
 * The benchmark's C programs, compiled into .cache/bench when their source is newer.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runTool } from "../compile/tool.ts";

const SOURCES = fileURLToPath(new URL("../../tests/bench/", import.meta.url));
const BUILT = fileURLToPath(new URL("../../.cache/bench/", import.meta.url));

/** Paths of the executables. */
export interface Programs {
  readonly input: string;
  readonly output: string;
  readonly relay: string;
  readonly measure: string;
}

/** @throws {ToolError} Without a C compiler called `cc`. */
export async function buildPrograms(): Promise<Programs> {
  await Deno.mkdir(BUILT, { recursive: true });
  const [input, output, relay, measure] = await Promise.all(
    ["bench_in", "bench_out", "relay", "measure"].map(build),
  );
  return { input, output, relay, measure };
}

async function build(name: string): Promise<string> {
  const source = join(SOURCES, `${name}.c`);
  const built = join(BUILT, name);
  const sourceMs = Math.max(
    await modifiedMs(source),
    await modifiedMs(join(SOURCES, "bench.h")),
  );
  if (await modifiedMs(built) < sourceMs) {
    const flags = ["-O3", "-Wall", "-Wno-unused-function", "-pthread"];
    await runTool("cc", [...flags, "-o", built, source], { cwd: SOURCES });
  }
  return built;
}

async function modifiedMs(path: string): Promise<number> {
  const info = await Deno.stat(path).catch(() => null);
  return info?.mtime?.getTime() ?? 0;
}
