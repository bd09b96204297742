/**
 * Programs that tests run to their end.
 *
 * @module
 */

import { BIN } from "../../scripts/setup/folders.ts";
import { findProgram } from "../../scripts/setup/programs.ts";

/** @returns How to start it. Ask `needs` before whether it is there. */
export function toolPath(name: string): string {
  return findProgram(name, [BIN]) ?? name;
}

/** Where and how a tool is run. */
export interface RunToolOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a tool to its end. @throws With what it said, unless it went well. */
export async function runTool(
  path: string,
  args: readonly string[],
  options: RunToolOptions = {},
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(path, {
    ...options,
    args: [...args],
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  const text = decoder.decode(stdout);
  if (success) return text;
  const command = [path, ...args].join(" ");
  throw new Error(`${command}\n${text}${decoder.decode(stderr)}`);
}
