/**
 * The counter and the console as files that can be pushed: the executables that
 * `deno task compile --all` made where those are tested, else scripts that start
 * the source.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { hostTarget } from "../../../scripts/compile/targets.ts";
import type { TempFolder } from "../../support/temp_folder.ts";
import { isCompiled } from "./program.ts";

const ROOT = new URL("../../../", import.meta.url);

/** Names of providers that are packaged here. */
export type Packaged = "in-counter" | "out-console";

const SOURCES: Readonly<Record<Packaged, string>> = {
  "in-counter": "providers/counter/input/main.ts",
  "out-console": "providers/console/output/main.ts",
};

/** The platform of this machine, in the words of OCI. */
export const HERE: string = `${Deno.build.os}/${
  Deno.build.arch === "x86_64" ? "amd64" : "arm64"
}`;

/** @returns The path of an executable for this machine. */
export async function executableOf(
  name: Packaged,
  folder: TempFolder,
): Promise<string> {
  const product = `dstream-${name}`;
  if (isCompiled) {
    const path = `dist/${product}-${hostTarget().name}`;
    return fileURLToPath(new URL(path, ROOT));
  }
  const main = fileURLToPath(new URL(SOURCES[name], ROOT));
  const config = fileURLToPath(new URL("deno.json", ROOT));
  return await folder.writeExecutable(
    product,
    `#!/bin/sh\nexec "${Deno.execPath()}" run --quiet --allow-all --no-check ` +
      `"--config=${config}" "${main}" "$@"\n`,
  );
}
