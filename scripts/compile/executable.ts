/**
 * A bundle and a runtime → an executable.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { type Base, missingBaseHint } from "./base.ts";
import type { Bundled } from "./bundle.ts";
import { hostTarget, type Target } from "./targets.ts";
import { runTool, ToolError } from "./tool.ts";

/**
 * @returns The path: `<folder>/dstream-linux-x64`.
 * @throws {Error} Without a runtime, or when the result does not start here.
 */
export async function compileExecutable(
  { product, entry, assets }: Bundled,
  target: Target,
  base: Base,
  folder: string,
): Promise<string> {
  const name = `${product.name}-${target.name}${target.suffix}`;
  const output = join(folder, name);
  const args = [
    "compile",
    "--allow-all",
    "--no-check",
    "--no-config",
    `--target=${target.triple}`,
    `--output=${output}`,
    ...assets.map((asset) => `--include=${asset}`),
    entry,
  ];
  const env: Record<string, string> = {};
  if (base.runtime !== undefined) env.DENORT_BIN = base.runtime;
  try {
    await runTool(base.compiler, args, { cwd: dirname(entry), env });
  } catch (error) {
    if (base.runtime !== undefined || !(error instanceof ToolError)) {
      throw error;
    }
    throw new Error(`${error.said.trim()}\n\n${missingBaseHint(target)}`);
  }
  if (target === hostTarget()) await assertStarts(output);
  return output;
}

/** A compiler and a runtime of different versions make what can't start. */
async function assertStarts(executable: string): Promise<void> {
  const cwd = dirname(executable);
  await runTool(executable, ["--version"], { cwd }).catch((error) => {
    const hint = "are the compiler and the runtime of the same version?";
    throw new Error(`${executable} does not start; ${hint}\n${error.message}`);
  });
}
