/**
 * Programs that Go builds from source, into .cache/bin.
 *
 * @module
 */

import { join } from "node:path";
import { BIN } from "./folders.ts";
import type { Group } from "./group.ts";
import { isFile, run } from "./programs.ts";

const SUFFIX = Deno.build.os === "windows" ? ".exe" : "";

/** What to build. */
export interface GoGroup {
  readonly name: string;
  readonly brings: string;
  /** A package with a version, such as "example.org/tool/cmd/tool@v1.2.3". */
  readonly source: string;
}

/** @returns A group of one program, called like the group. */
export function goGroup({ name, brings, source }: GoGroup): Group {
  return {
    name,
    brings,
    version: source,
    isThere: () => isFile(join(BIN, name + SUFFIX)),
    install: () => run("go", ["install", source], { env: { GOBIN: BIN } }),
  };
}
