/**
 * Formats files in place, or says which ones would change.
 *
 * @module
 */

import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { format } from "../core/hcl/format.ts";
import { findFiles, readText } from "../core/config/load/files.ts";
import {
  type Diagnostic,
  DiagnosticsError,
  DstreamError,
} from "../core/base/errors.ts";
import type { Context } from "./context.ts";
import { ExitCode } from "./exit_code.ts";

/**
 * Prints the names of files that changed, or would. One that can't be read
 * doesn't keep the others from being formatted.
 *
 * @returns The exit status.
 * @throws {DiagnosticsError} In the end, with what is wrong in all of them.
 */
export async function formatPaths(
  paths: readonly string[],
  isCheck: boolean,
  context: Context,
): Promise<number> {
  const problems: Diagnostic[] = [];
  let changed = 0;
  for (const file of allFiles(paths, context.deps.cwd)) {
    const name = await formatFile(file, isCheck, context, problems);
    if (name === undefined) continue;
    changed++;
    await context.print(name);
  }
  if (problems.length > 0) throw new DiagnosticsError(problems);
  return isCheck && changed > 0 ? ExitCode.failed : ExitCode.ok;
}

/** @returns The exit status. */
export async function formatStdin(
  isCheck: boolean,
  context: Context,
): Promise<number> {
  const { stdin, stdout } = context.deps;
  const text = await stdin.readAll();
  const formatted = await format(text, "stdin");
  if (isCheck) return formatted === text ? ExitCode.ok : ExitCode.failed;
  await stdout.write(new TextEncoder().encode(formatted));
  return ExitCode.ok;
}

/** Each file once, however often it is named. */
function allFiles(paths: readonly string[], cwd: string): Set<string> {
  return new Set(paths.flatMap((path) => findFiles(path, cwd).files));
}

/** @returns The file's name when it changed, or would. */
async function formatFile(
  file: string,
  isCheck: boolean,
  { deps: { cwd } }: Context,
  problems: Diagnostic[],
): Promise<string | undefined> {
  try {
    const { name, text } = readText(file, cwd);
    const formatted = await format(text, name);
    if (formatted === text) return undefined;
    if (!isCheck) await writeFile(resolve(cwd, file), formatted);
    return name;
  } catch (error) {
    problems.push(...problemsOf(error));
    return undefined;
  }
}

function problemsOf(error: unknown): readonly Diagnostic[] {
  if (error instanceof DiagnosticsError) return error.diagnostics;
  if (!(error instanceof DstreamError)) throw error;
  const { code, message, at, hint } = error;
  return [{ severity: "error", code, message, at, hint }];
}
