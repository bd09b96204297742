/**
 * From the `path` of a config to the files it means, in sorted order.
 *
 * A path that exists is meant as it stands, whatever characters it has; only then
 * is it read as a pattern. `/` separates folders in patterns on every system.
 *
 * @module
 */

import { ConfigError, type DstreamError } from "@dstream/sdk";
import { fileReason, refuseSpecialFile } from "@dstream/sdk/files";
import { FileNames, statOrNothing } from "./file_names.ts";
import { joinPath } from "./join_path.ts";
import { FolderLister } from "./list_folder.ts";

/**
 * More matches than this are taken for a mistake. The state names each of them and
 * must fit into one control record, 16 MiB.
 */
export const MAX_FILES = 50_000;

const IS_WINDOWS = Deno.build.os === "windows";

/** What a config's path means at one moment. */
export interface Found {
  /** In sorted order. */
  readonly paths: readonly string[];
  /** What matches, or may hold what does, and can't be opened by its name. */
  readonly unreadable: readonly string[];
}

/** What a config's path means, again and again as files come and go. */
export interface FileFinder {
  readonly isPattern: boolean;
  /**
   * The files there are now, each once however many names lead to it; for a plain
   * path at most one.
   */
  find(): Found;
}

/**
 * @param path As the user wrote it: a file, or a pattern such as `in/*.csv`.
 * @throws {ConfigError} when it names a folder or a pattern that can't be.
 */
export async function createFinder(path: string): Promise<FileFinder> {
  refuseSpecialFile(path, "only files can be read");
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

function findOne(path: string): Found {
  refuseSpecialFile(path, "only files can be read");
  const info = statOrNothing(path);
  if (info?.isDirectory) throw isFolder(path);
  return { paths: info === undefined ? [] : [path], unreadable: [] };
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
      const names = new FileNames();
      const unreadable: string[] = [];
      using lister = new FolderLister();
      walk(lister, folder, "", depth, {
        onFile: (name, isLink) => {
          if (!isMatch(name)) return;
          names.add(base === "" ? name : joinPath(base, name), isLink);
          if (names.count > MAX_FILES) throw tooMany(path);
        },
        onUnreadable: (name, isFolder) => {
          if (isFolder || isMatch(name)) {
            unreadable.push(joinPath(folder, name));
          }
        },
      });
      return { paths: names.sorted(), unreadable };
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

/** What a walk meets; names are below the folder where it began. */
interface Visitor {
  onFile(name: string, isLink: boolean): void;
  /** Its name is no UTF-8, and so can't be said to the system. */
  onUnreadable(name: string, isFolder: boolean): void;
}

/** Every file below `folder`; links to folders are not followed. */
function walk(
  lister: FolderLister,
  folder: string,
  prefix: string,
  depth: number,
  visitor: Visitor,
): void {
  const nameBelow = ({ name }: { name: string }) =>
    prefix === "" ? name : `${prefix}/${name}`;
  const isTooDeep = (entry: { isDirectory: boolean }) =>
    entry.isDirectory && depth <= 1;
  const { entries, misnamed } = lister.list(joinPath(folder, prefix));
  for (const entry of misnamed) {
    if (isTooDeep(entry)) continue;
    visitor.onUnreadable(nameBelow(entry), entry.isDirectory);
  }
  for (const entry of entries) {
    if (isTooDeep(entry)) continue;
    const name = nameBelow(entry);
    if (entry.isDirectory) walk(lister, folder, name, depth - 1, visitor);
    else if (entry.isFile || isLinkToFile(joinPath(folder, name), entry)) {
      visitor.onFile(name, entry.isSymlink);
    }
  }
}

function isLinkToFile(path: string, entry: Deno.DirEntry): boolean {
  return entry.isSymlink && statOrNothing(path)?.isFile === true;
}

/** The error for names that the system's text can't have. */
export function misnamed(paths: readonly string[]): ConfigError {
  const more = paths.length > 1 ? ` (and ${paths.length - 1} more)` : "";
  return new ConfigError(
    "path",
    `cannot read ${JSON.stringify(paths[0])}${more}: its name is not UTF-8`,
    "rename it, or use a pattern that it doesn't match",
  );
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
