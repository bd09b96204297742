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
  const output = join(folder, fileName(product.name, target));
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
  for (const other of product.otherNames ?? []) {
    await giveName(output, join(folder, fileName(other, target)));
  }
  return output;
}

/** `dstream-linux-x64`, `dstream-windows-x64.exe` */
export function fileName(product: string, target: Target): string {
  return `${product}-${target.name}${target.suffix}`;
}

/** The same file under another name, by which it is another command. */
async function giveName(executable: string, path: string): Promise<void> {
  await Deno.remove(path).catch(() => {});
  await Deno.link(executable, path)
    .catch(() => Deno.copyFile(executable, path));
}

/** A compiler and a runtime of different versions make what can't start. */
async function assertStarts(executable: string): Promise<void> {
  const cwd = dirname(executable);
  await runTool(executable, ["--version"], { cwd }).catch((error) => {
    const hint = "are the compiler and the runtime of the same version?";
    throw new Error(`${executable} does not start; ${hint}\n${error.message}`);
  });
}
