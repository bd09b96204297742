/**
 * The module that is pushed: tried before, as dstream will run it.
 *
 * @module
 */

import { copyFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { DstreamError } from "../../core/base/errors.ts";
import type { ModuleFile } from "../../core/install/build_artifact.ts";
import { parseConstraints } from "../../core/base/version.ts";
import {
  MAX_EXECUTABLE_BYTES,
  OLDEST_RUNTIME,
} from "../../core/registry/mod.ts";
import type { Context } from "../context.ts";
import { askForSpec } from "./ask_for_spec.ts";
import { type PushWishes, usageError } from "./push_wishes.ts";

/** A module and what it says about itself. */
export interface AskedModule extends ModuleFile {
  /** JSON text. */
  readonly spec: string;
}

/** @throws {DstreamError} `usage.…`, or `push.module_silent` */
export async function findModule(
  { module, moduleRuntime: runtime = OLDEST_RUNTIME }: PushWishes,
  context: Context,
): Promise<AskedModule | undefined> {
  if (module === undefined) return undefined;
  const path = resolve(context.deps.cwd, module);
  const info = await Deno.stat(path).catch(() => undefined);
  if (!info?.isFile) {
    throw usageError("usage.file_missing", `there is no file "${module}"`);
  }
  if (info.size > MAX_EXECUTABLE_BYTES) {
    throw usageError("usage.module", `"${module}" is too large`);
  }
  if (parseConstraints(runtime) === undefined) {
    throw usageError(
      "usage.module_runtime",
      `"${runtime}" says nothing about versions`,
      'write ">=2.6" or ">=2.6, <3"',
    );
  }
  const spec = await askAlone(path, context);
  if (spec === undefined) throw silent(module);
  return { path, runtime, spec };
}

/** From another folder: what it needs beside itself is missed now, not by users. */
async function askAlone(
  path: string,
  context: Context,
): Promise<string | undefined> {
  const folder = await Deno.makeTempDir({ prefix: "dstream-module-" });
  try {
    const alone = join(folder, "module.mjs");
    await copyFile(path, alone);
    const words = ["provider", "exec", "--module", alone];
    return await askForSpec([...context.deps.self, ...words], context);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function silent(module: string): DstreamError {
  return new DstreamError(
    "push.module_silent",
    `"${module}" does not say what it is when it is asked for its spec`,
    {
      isUsage: true,
      hint:
        `try \`dstream provider exec --module ${module} spec\`: it has to ` +
        "be one file with all it imports, and to run although " +
        "`import.meta.main` is false",
    },
  );
}
