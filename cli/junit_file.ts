/**
 * `--junit FILE`
 *
 * @module
 */

import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { DstreamError } from "../core/base/errors.ts";
import { fileTrouble } from "../core/base/file_trouble.ts";
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
    const place = "another file after --junit";
    const { what, hint = "its folder has to be there, and writable" } =
      fileTrouble(cause, path, place);
    const message = `cannot write ${what}`;
    throw new DstreamError("usage.junit", message, {
      isUsage: true,
      cause,
      hint,
    });
  }
}
