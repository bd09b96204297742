/**
 * Programs that Go builds from source, into .cache/bin.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { join } from "node:path";
import { BIN, ROOT } from "./folders.ts";
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
    by: "go",
    brings,
    version: source,
    isThere: () => isFile(join(BIN, name + SUFFIX)),
    install: () => run("go", ["install", source], { env: { GOBIN: BIN } }),
  };
}

/** A program of ours, built from a folder of this repository. */
export interface GoModule {
  readonly name: string;
  readonly brings: string;
  /** With go.mod, from the root: `tests/go_clients`. */
  readonly folder: string;
}

/**
 * @returns A group of one program, `goModuleBinary()`. Another source is another
 * file: no test runs what was built from an older one.
 */
export function goModuleGroup(module: GoModule): Group {
  return {
    name: module.name,
    by: "go",
    brings: module.brings,
    isThere: () => isFile(goModuleBinary(module)),
    install: async () => {
      const binary = goModuleBinary(module);
      const args = ["build", "-trimpath", "-ldflags=-s -w", "-o", binary, "."];
      await run("go", args, { cwd: join(ROOT, module.folder) });
    },
  };
}

/** @returns The path of the program built from the source as it is now. */
export function goModuleBinary({ name, folder }: GoModule): string {
  const hash = createHash("sha256");
  const path = join(ROOT, folder);
  const files = [...Deno.readDirSync(path)].map((file) => file.name).sort();
  for (const file of files) {
    hash.update(`${file}\0`).update(Deno.readFileSync(join(path, file)));
  }
  const digest = hash.digest("hex").slice(0, 12);
  return join(BIN, `${name}-${digest}${SUFFIX}`);
}
