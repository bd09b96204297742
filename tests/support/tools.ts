/**
 * Programs that tests use when they are there: on the build server all of them are.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { hasProgram } from "../crash/programs.ts";

const BIN = fileURLToPath(new URL("../../.cache/bin/", import.meta.url));

/**
 * @returns How to start it; `undefined`: the test that needs it is skipped. The
 * build server installs all of them, so there a missing one is a failure.
 */
export function findTool(
  name: string,
  versionArg = "--version",
): string | undefined {
  const here = `${BIN}${name}`;
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

/** Runs a tool to its end. @throws With what it said, unless it went well. */
export async function runTool(
  path: string,
  args: readonly string[],
  cwd?: string,
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(path, {
    args: [...args],
    cwd,
  }).output();
  const decoder = new TextDecoder();
  if (success) return decoder.decode(stdout);
  throw new Error(`${path} ${args.join(" ")}\n${decoder.decode(stderr)}`);
}
