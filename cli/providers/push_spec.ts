/**
 * What the pushed provider says about itself: from a file, or asked of it.
 *
 * @module
 */

import { resolve } from "node:path";
import type { PlatformExecutable } from "../../core/install/build_artifact.ts";
import { parseSpec, wrongProtocol } from "../../core/project/mod.ts";
import { isSamePlatform, platformOf } from "../../core/registry/mod.ts";
import type { Context } from "../context.ts";
import { askForSpec } from "./ask_for_spec.ts";
import { usageError } from "./push_wishes.ts";

/** A file that was named has to be what it is named as. */
export async function readSpec(
  path: string,
  context: Context,
): Promise<string> {
  const full = resolve(context.deps.cwd, path);
  const text = await Deno.readTextFile(full).catch(() => undefined);
  if (text === undefined) {
    throw usageError("usage.file_missing", `cannot read "${path}"`);
  }
  if (parseSpec(text) !== undefined) return refuseWrongProtocol(text, path);
  throw usageError(
    "usage.spec",
    `"${path}" is not what a provider says about itself`,
    "it is the JSON that `PROVIDER spec` prints, with name, role and config",
  );
}

/** Only an executable for this machine can be asked. */
export async function specFrom(
  executables: readonly PlatformExecutable[],
  context: Context,
): Promise<string | undefined> {
  const here = platformOf(context.deps.platform);
  const own = executables.find((one) => isSamePlatform(one.platform, here));
  const text = own && await askForSpec([own.path], context);
  return text && refuseWrongProtocol(text, own.path);
}

/** What is published with it would run without states, and nobody would know. */
function refuseWrongProtocol(text: string, path: string): string {
  const problem = wrongProtocol(text);
  if (problem === undefined) return text;
  throw usageError("usage.spec", `the spec of "${path}" is wrong: ${problem}`);
}
