/**
 * `--junit FILE`
 *
 * @module
 */

import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { DstreamError } from "../core/base/errors.ts";
import type { Context } from "./context.ts";

/** @throws {DstreamError} `usage.junit` */
export async function writeJunitFile(
  path: string,
  text: string,
  { deps }: Context,
): Promise<void> {
  try {
    await writeFile(resolve(deps.cwd, path), text);
  } catch (cause) {
    throw new DstreamError("usage.junit", `cannot write "${path}"`, {
      isUsage: true,
      cause,
      hint: "its folder has to be there, and writable",
    });
  }
}
