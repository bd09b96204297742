/**
 * A provider's module as the program that this process is: `provider exec --module`.
 *
 * A module is one JavaScript file that imports nothing but what the runtime has. It
 * runs as an executable made of it would: with its arguments, stdin and stdout, and
 * it ends the process itself.
 *
 * @module
 */

import { resolve } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";

/** Whether there is a file to run. */
export async function isModuleFile(path: string | undefined): Promise<boolean> {
  if (path === undefined) return false;
  return await Deno.stat(path).then((info) => info.isFile, () => false);
}

/**
 * Runs it; what is not over when this returns goes on.
 * @returns A status to exit with, where it can't be run; the reason is on stderr.
 */
export async function runModule(
  path: string,
  args: readonly string[],
): Promise<number | undefined> {
  const full = resolve(path);
  becomeProgram(full, args);
  try {
    await import(pathToFileURL(full).href);
    return undefined;
  } catch (error) {
    const reason = error instanceof Error
      ? `${error.name}: ${error.message}`
      : String(error);
    console.error(
      `error[module.failed]: cannot run "${path}": ${reason.split("\n")[0]}\n` +
        "  hint: a module is one file for Deno, with everything it imports",
    );
    return 1;
  }
}

/** Who asks for the arguments hears what an executable of its own would hear. */
function becomeProgram(path: string, args: readonly string[]): void {
  Object.defineProperty(Deno, "args", { value: [...args] });
  process.argv.splice(1, process.argv.length, path, ...args);
}
