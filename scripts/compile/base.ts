/**
 * Which compiler and which runtime an executable is made with.
 *
 * Strongest first: `--base` (a file, or a folder with one file per target), the
 * environment's `DENORT_BIN` (a file or such a folder), .cache/base as
 * prepare_base.ts makes it, and else what `deno compile` downloads by itself.
 * Only .cache/base brings a compiler along; else it is the Deno that runs this.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Target } from "./targets.ts";

/** Made by prepare_base.ts. */
export const BASE_FOLDER = fileURLToPath(
  new URL("../../.cache/base", import.meta.url),
);

/** What to compile with. */
export interface Base {
  /** The Deno that compiles. */
  readonly compiler: string;
  /** Absent: `deno compile` downloads it. */
  readonly runtime?: string;
}

/** The compiler in {@link BASE_FOLDER}. */
export function compilerPath(): string {
  return join(BASE_FOLDER, Deno.build.os === "windows" ? "deno.exe" : "deno");
}

/** A target's runtime in a folder: "denort-linux-x64". */
export function runtimePath(folder: string, target: Target): string {
  return join(folder, `denort-${target.name}${target.suffix}`);
}

/**
 * @param given What `--base` or else `DENORT_BIN` says.
 * @throws {Error} When that has no runtime for the target.
 */
export async function findBase(
  target: Target,
  given: string | undefined,
): Promise<Base> {
  const compiler = Deno.execPath();
  if (given !== undefined) {
    return { compiler, runtime: await runtimeIn(given, target) };
  }
  const runtime = runtimePath(BASE_FOLDER, target);
  const isPrepared = await isFile(runtime) && await isFile(compilerPath());
  return isPrepared ? { compiler: compilerPath(), runtime } : { compiler };
}

async function runtimeIn(given: string, target: Target): Promise<string> {
  if (await isFile(given)) return given;
  const path = runtimePath(given, target);
  if (await isFile(path)) return path;
  throw new Error(`no runtime for ${target.name}: there is no file ${path}`);
}

/** What to do when `deno compile` had no runtime and could not download one. */
export function missingBaseHint(target: Target): string {
  return [
    `deno compile could not download its runtime for ${target.name}. Either`,
    `  - run \`deno run -A scripts/prepare_base.ts ${target.name}\`, or`,
    "  - set DENORT_BIN to a denort of the same version as the compiler,",
    "    or to a folder with one per target, such as " +
    runtimePath("FOLDER", target),
  ].join("\n");
}

function isFile(path: string): Promise<boolean> {
  return Deno.stat(path).then((info) => info.isFile, () => false);
}
