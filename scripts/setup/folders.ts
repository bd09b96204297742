/**
 * Where everything that `deno task setup` brings lies.
 *
 * `.cache` beside deno.json. Linked worktrees of git share that of the clone they
 * belong to: what took minutes to build is there once.
 *
 * @module
 */

import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of deno.json. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Shared by all worktrees of one clone. Not there before the first setup. */
export const CACHE = join(cloneOf(ROOT), ".cache");

/** Programs that were built, such as `oras`. */
export const BIN = join(CACHE, "bin");

/** The jars of Apache Kafka. */
export const KAFKA_JARS = join(CACHE, "kafka");

/** @returns Where a PostgreSQL of this major version lies, such as "17". */
export function postgresFolder(major: string): string {
  return join(CACHE, `postgres-${major}`);
}

/** @returns The Python of the environment `deno task setup NAME` makes. */
export function pythonOf(name: string): string {
  return Deno.build.os === "windows"
    ? join(venvOf(name), "Scripts", "python.exe")
    : join(venvOf(name), "bin", "python");
}

/** @returns Where the environment of that name lies. */
export function venvOf(name: string): string {
  return join(CACHE, "python", name);
}

/** A linked worktree has a file `.git` that names `<clone>/.git/worktrees/<name>`. */
function cloneOf(root: string): string {
  try {
    const text = Deno.readTextFileSync(join(root, ".git"));
    const gitFolder = /^gitdir: (.*)$/m.exec(text)?.[1];
    if (gitFolder === undefined) return root;
    return dirname(dirname(dirname(resolve(root, gitFolder))));
  } catch {
    return root; // `.git` is a folder, or there is none
  }
}
