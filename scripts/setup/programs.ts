/**
 * Running what installs, and finding what was installed.
 *
 * @module
 */

import { delimiter, join } from "node:path";
import { SetupError } from "./group.ts";

/** Debian keeps servers out of the way of people who aren't root. */
const MORE_FOLDERS = ["/usr/sbin", "/sbin"];
const SHOWN_LINES = 15;

/** @returns The absolute path of a program on PATH, without starting it. */
export function findProgram(
  name: string,
  moreFolders: readonly string[] = [],
): string | undefined {
  const onPath = (Deno.env.get("PATH") ?? "").split(delimiter);
  const names = Deno.build.os === "windows" ? [`${name}.exe`, name] : [name];
  return [...moreFolders, ...onPath, ...MORE_FOLDERS]
    .flatMap((folder) => names.map((one) => join(folder, one)))
    .find(isFile);
}

/** @returns Whether a file is there. */
export function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** How a program is run. */
export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs to the end. @throws SetupError With the last lines, unless it went well. */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<void> {
  const output = await start(program, args, options);
  if (output.success) return;
  const decoder = new TextDecoder();
  const text = decoder.decode(output.stdout) + decoder.decode(output.stderr);
  const lines = text.trimEnd().split("\n").slice(-SHOWN_LINES);
  const command = [program, ...args].join(" ");
  throw new SetupError(`"${command}" failed:\n  ${lines.join("\n  ")}`);
}

async function start(
  program: string,
  args: readonly string[],
  options: RunOptions,
): Promise<Deno.CommandOutput> {
  try {
    return await new Deno.Command(program, {
      ...options,
      args: [...args],
      stdin: "null",
    }).output();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new SetupError(`needs ${program}, which isn't on PATH`);
  }
}
