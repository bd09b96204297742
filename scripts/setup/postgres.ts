/**
 * Where PostgreSQL's programs are: Debian keeps each version's in a folder apart.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { postgresFolder } from "./folders.ts";
import { findProgram, isFile } from "./programs.ts";

const DEBIAN_FOLDER = "/usr/lib/postgresql";

/** @returns The folder with `initdb` and `postgres`, of the newest version. */
export function findPostgres(): string | undefined {
  const found = debianFolders().find((folder) =>
    isFile(join(folder, "initdb"))
  );
  if (found !== undefined) return found;
  const onPath = findProgram("initdb");
  return onPath && dirname(Deno.realPathSync(onPath));
}

/** @returns That of a major version that `deno task setup postgres-17` brought. */
export function postgresOf(major: string): string {
  return join(postgresFolder(major), "bin");
}

function debianFolders(): string[] {
  try {
    return [...Deno.readDirSync(DEBIAN_FOLDER)]
      .map(({ name }) => name)
      .sort((a, b) => Number(b) - Number(a))
      .map((version) => join(DEBIAN_FOLDER, version, "bin"));
  } catch {
    return [];
  }
}
