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
  /** What it reads from its stdin; nothing when left out. */
  readonly input?: string;
}

/** Runs a tool to its end. @throws With what it said, unless it went well. */
export async function runTool(
  path: string,
  args: readonly string[],
  { input, ...options }: RunToolOptions = {},
): Promise<string> {
  const child = new Deno.Command(path, {
    ...options,
    args: [...args],
    stdin: input === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [{ success, stdout, stderr }] = await Promise.all([
    child.output(),
    input === undefined ? undefined : feed(child, input),
  ]);
  const decoder = new TextDecoder();
  const text = decoder.decode(stdout);
  if (success) return text;
  const command = [path, ...args].join(" ");
  throw new Error(`${command}\n${text}${decoder.decode(stderr)}`);
}

async function feed(child: Deno.ChildProcess, input: string): Promise<void> {
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
}
