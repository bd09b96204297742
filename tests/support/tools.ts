/**
 * Programs that tests use when they are there: on the build server all of them are.
 *
 * @module
 */

import { join } from "node:path";
import { BIN } from "../../scripts/setup/folders.ts";
import { hasProgram } from "../crash/programs.ts";

/**
 * @returns How to start it; `undefined`: the test that needs it is skipped. The
 * build server installs all of them, so there a missing one is a failure.
 */
export function findTool(
  name: string,
  versionArg = "--version",
): string | undefined {
  const here = join(BIN, name);
  if (startsWell(here, versionArg)) return here;
  if (hasProgram(name) || startsWell(name, versionArg)) return name;
  return Deno.env.has("CI") ? name : undefined;
}

function startsWell(path: string, versionArg: string): boolean {
  try {
    return new Deno.Command(path, {
      args: [versionArg],
      stdout: "null",
      stderr: "null",
    }).outputSync().success;
  } catch {
    return false;
  }
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
