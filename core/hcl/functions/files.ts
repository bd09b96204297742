/**
 * Functions over files and paths, relative to the configuration's folder.
 *
 * A file is read whole, so it has an upper size, and only regular files are
 * read: a pipe would wait for ever.
 *
 * @module
 */

import { posix, win32 } from "node:path";
import { booleanValue, stringValue } from "../value.ts";
import { STRING, textOf } from "./arguments.ts";
import { type FunctionDefinition, FunctionError } from "./definition.ts";
import { toBase64 } from "./encoding.ts";
import type { FileInfo, World } from "./world.ts";

const MAX_FILE_BYTES = 16 * 1024 * 1024;
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The functions, bound to a folder. */
export function fileFunctions(
  world: World,
): Record<string, FunctionDefinition> {
  const paths = world.isWindows ? win32 : posix;
  const resolve = (path: string) =>
    paths.resolve(world.folder, expandHome(path, world));
  return {
    file: ofPath((path) => stringValue(readText(path, resolve(path), world))),
    filebase64: ofPath((path) =>
      stringValue(toBase64(readBytes(path, resolve(path), world)))
    ),
    fileexists: ofPath((path) =>
      booleanValue(exists(path, resolve(path), world))
    ),
    abspath: ofPath((path) => stringValue(slashes(resolve(path), world))),
    pathexpand: ofPath((path) => stringValue(expandHome(path, world))),
    basename: ofPath((path) => stringValue(basename(path, paths))),
    dirname: ofPath((path) => stringValue(dirname(path, paths))),
  };
}

function ofPath(
  call: (path: string) => ReturnType<FunctionDefinition["call"]>,
) {
  return {
    parameters: [{ name: "path", type: STRING }],
    call: (path: Parameters<typeof textOf>[0]) => call(textOf(path)),
  };
}

function readText(path: string, absolute: string, world: World): string {
  const bytes = readBytes(path, absolute, world);
  try {
    return decoder.decode(bytes);
  } catch {
    throw unreadable(
      `"${path}" is not UTF-8 text`,
      "use filebase64(…) instead",
    );
  }
}

function readBytes(path: string, absolute: string, world: World): Uint8Array {
  const info = inspect(path, absolute, world);
  if (info === undefined) {
    throw unreadable(
      `there is no file "${path}"`,
      `paths are relative to the configuration's folder`,
    );
  }
  if (!info.isFile) {
    const what = info.isFolder ? "a folder" : "no regular file";
    throw unreadable(`"${path}" is ${what}`);
  }
  if (info.sizeBytes > MAX_FILE_BYTES) {
    throw unreadable(
      `"${path}" has ${info.sizeBytes} bytes, the most is 16 MiB`,
    );
  }
  try {
    return world.readFile(absolute);
  } catch (error) {
    throw unreadable(`cannot read "${path}": ${(error as Error).message}`);
  }
}

function exists(path: string, absolute: string, world: World): boolean {
  const info = inspect(path, absolute, world);
  if (info === undefined || info.isFile) return info !== undefined;
  throw unreadable(
    `"${path}" is ${info.isFolder ? "a folder" : "no regular file"}`,
  );
}

function inspect(
  path: string,
  absolute: string,
  world: World,
): FileInfo | undefined {
  try {
    return world.fileInfo(absolute);
  } catch (error) {
    throw unreadable(`cannot look at "${path}": ${(error as Error).message}`);
  }
}

function unreadable(message: string, hint?: string): FunctionError {
  return new FunctionError(message, {
    argument: 0,
    code: "config.file_unreadable",
    hint,
  });
}

/** `~` and `~/…`; another user's home is not looked up. */
function expandHome(path: string, world: World): string {
  if (path === "~") return world.homeFolder();
  const isInside = path.startsWith("~/") ||
    (world.isWindows && path.startsWith("~\\"));
  return isInside ? world.homeFolder() + path.slice(1) : path;
}

/** As Terraform does, so that a text made on one system reads on another. */
function slashes(path: string, world: World): string {
  return world.isWindows ? path.replaceAll("\\", "/") : path;
}

/** Go's: the last part, `.` of nothing, `/` of the root. */
function basename(path: string, paths: typeof posix): string {
  if (path === "") return ".";
  return paths.basename(path) || paths.sep;
}

/** Go's: cleaned, so `a//b/` is in `a/b`. */
function dirname(path: string, paths: typeof posix): string {
  const end = paths === win32
    ? Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"))
    : path.lastIndexOf("/");
  const cleaned = paths.normalize(path.slice(0, end + 1) || ".");
  const isRoot = paths.parse(cleaned).root === cleaned;
  return isRoot
    ? cleaned
    : cleaned.replace(paths === win32 ? /[\\/]$/ : /\/$/, "");
}
