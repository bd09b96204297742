/**
 * From the `path` of a config to the files it means, in sorted order.
 *
 * A path that exists is meant as it stands, whatever characters it has; only then
 * is it read as a pattern. `/` separates folders in patterns on every system.
 *
 * @module
 */

import { ConfigError, type DstreamError } from "@dstream/sdk";
import { fileFailure, fileReason } from "@dstream/sdk/files";

/**
 * More matches than this are taken for a mistake. The state names each of them and
 * must fit into one control record, 16 MiB.
 */
export const MAX_FILES = 50_000;

const IS_WINDOWS = Deno.build.os === "windows";

/** What a config's path means, again and again as files come and go. */
export interface FileFinder {
  readonly isPattern: boolean;
  /** @returns The files there are now; for a plain path at most one. */
  find(): string[];
}

/**
 * @param path As the user wrote it: a file, or a pattern such as `in/*.csv`.
 * @throws {ConfigError} when it names a folder or a pattern that can't be.
 */
export async function createFinder(path: string): Promise<FileFinder> {
  const info = statOrNothing(path);
  if (info?.isDirectory) throw isFolder(path);
  if (info !== undefined || !/[*?[\]{}()!]/.test(path)) {
    return { isPattern: false, find: () => findOne(path) };
  }
  return await createPatternFinder(path);
}

/** The error for a path where nothing is. */
export function nothingFound(path: string, isPattern: boolean): ConfigError {
  const quoted = JSON.stringify(path);
  return isPattern
    ? new ConfigError("path", `no file matches ${quoted}`)
    : new ConfigError(
      "path",
      `there is no file ${quoted}`,
      "a relative path starts at the configuration's folder",
    );
}

function findOne(path: string): string[] {
  const info = statOrNothing(path);
  if (info?.isDirectory) throw isFolder(path);
  return info === undefined ? [] : [path];
}

async function createPatternFinder(path: string): Promise<FileFinder> {
  const { default: picomatch } = await import("picomatch");
  const pattern = IS_WINDOWS ? path.replaceAll("\\", "/") : path;
  const { base, glob } = picomatch.scan(pattern);
  const folder = base === "" ? "." : base;
  const isMatch = compile(picomatch, path, glob);
  const depth = glob.includes("**") ? Infinity : glob.split("/").length;
  return {
    isPattern: true,
    find: () => {
      const found: string[] = [];
      walk(folder, "", depth, (name) => {
        if (!isMatch(name)) return;
        found.push(base === "" ? name : joinPath(base, name));
        if (found.length > MAX_FILES) throw tooMany(path);
      });
      return found.sort();
    },
  };
}

function compile(
  picomatch: typeof import("picomatch"),
  path: string,
  glob: string,
): (name: string) => boolean {
  try {
    return picomatch(glob, { strictBrackets: true });
  } catch (error) {
    throw new ConfigError(
      "path",
      `${JSON.stringify(path)} is no pattern: ${fileReason(error)}`,
    );
  }
}

/** Every file below `folder`; links to folders are not followed. */
function walk(
  folder: string,
  prefix: string,
  depth: number,
  visit: (name: string) => void,
): void {
  for (const entry of readFolder(joinPath(folder, prefix))) {
    const name = prefix === "" ? entry.name : `${prefix}/${entry.name}`;
    if (entry.isDirectory) {
      if (depth > 1) walk(folder, name, depth - 1, visit);
    } else if (entry.isFile || isLinkToFile(joinPath(folder, name), entry)) {
      visit(name);
    }
  }
}

function readFolder(path: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(path)];
  } catch (error) {
    // A folder that isn't there, or went while we walked, holds no files.
    if (error instanceof Deno.errors.NotFound) return [];
    throw fileFailure("list", path, error);
  }
}

function isLinkToFile(path: string, entry: Deno.DirEntry): boolean {
  return entry.isSymlink && statOrNothing(path)?.isFile === true;
}

/** `undefined` when there is no such file. */
export function statOrNothing(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    if ((error as { code?: string }).code === "ENOTDIR") return undefined;
    throw fileFailure("read", path, error);
  }
}

/** `a` and `b` with one slash between. */
export function joinPath(a: string, b: string): string {
  if (b === "") return a;
  return a.endsWith("/") ? a + b : `${a}/${b}`;
}

function isFolder(path: string): ConfigError {
  const example = joinPath(path.replaceAll("\\", "/"), "*.jsonl");
  return new ConfigError(
    "path",
    `${JSON.stringify(path)} is a folder`,
    `name a file, or several with a pattern such as ${JSON.stringify(example)}`,
  );
}

function tooMany(path: string): DstreamError {
  return new ConfigError(
    "path",
    `more than ${MAX_FILES} files match ${JSON.stringify(path)}`,
    "use a narrower pattern",
  );
}
