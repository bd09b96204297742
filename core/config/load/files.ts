/**
 * From `-c` to the files that are read.
 *
 * @module
 */

import { basename, dirname, join, relative, resolve } from "node:path";
import { DstreamError } from "../../base/errors.ts";
import { didYouMean } from "../../base/nearest.ts";
import { fileInfo, listFolder, readFile, reasonOf } from "../disk.ts";
import type { FileInfo } from "../../hcl/mod.ts";

const MAX_FILE_BYTES = 16 * 1024 * 1024;
const MAX_FILES = 1000;

/** Variable values that are read without being asked for. */
const AUTO_VARIABLES = "dstream.auto.hclvars";

const decoder = new TextDecoder("utf-8", { fatal: true });

/** A file's text and what the user would call it. */
export interface NamedText {
  readonly name: string;
  readonly text: string;
}

/** Where a configuration is. */
export interface Found {
  /** Absolute; everything relative in the files is relative to this. */
  readonly folder: string;
  readonly files: readonly string[];
  /** `dstream.auto.hclvars`, if there is one. */
  readonly autoVariables?: string;
}

/**
 * @param path A file or a folder, relative to `workingFolder`.
 * @throws {DstreamError} `config.file_not_found`, `config.file_unreadable`.
 */
export function findFiles(path: string, workingFolder: string): Found {
  const absolute = resolve(workingFolder, path);
  const info = inspect(absolute, path);
  if (info === undefined) throw notFound(path, absolute);
  return withAutoVariables(
    info.isFolder
      ? { folder: absolute, files: hclFiles(path, absolute) }
      : { folder: dirname(absolute), files: [absolute] },
  );
}

/** A configuration that is in no file stands in the working folder. */
export function besideText(workingFolder: string): Found {
  return withAutoVariables({ folder: workingFolder, files: [] });
}

function withAutoVariables(found: Found): Found {
  const auto = join(found.folder, AUTO_VARIABLES);
  const hasAuto = inspect(auto, AUTO_VARIABLES) !== undefined;
  return hasAuto ? { ...found, autoVariables: auto } : found;
}

/** @throws {DstreamError} `config.file_not_found`, `config.file_unreadable`. */
export function readText(path: string, workingFolder: string): NamedText {
  const absolute = resolve(workingFolder, path);
  const name = shownName(absolute, workingFolder);
  const bytes = readBytes(absolute, name);
  try {
    return { name, text: decoder.decode(bytes) };
  } catch {
    throw new DstreamError(
      "config.file_not_text",
      `"${name}" is not UTF-8 text`,
      { hint: "save it with the encoding UTF-8" },
    );
  }
}

/** As the user would name a file: relative, unless it is elsewhere. */
export function shownName(absolute: string, workingFolder: string): string {
  const name = relative(workingFolder, absolute);
  const isFarAway = /^\.\.[\\/]\.\.[\\/]/.test(name);
  return name === "" || isFarAway ? absolute : name;
}

function readBytes(absolute: string, name: string): Uint8Array {
  const info = inspect(absolute, name);
  if (info === undefined) {
    const message = `there is no file "${name}"`;
    throw new DstreamError("config.file_not_found", message);
  }
  if (!info.isFile) throw unreadable(name, "it is no regular file");
  if (info.sizeBytes > MAX_FILE_BYTES) {
    throw unreadable(name, "it is larger than 16 MiB");
  }
  try {
    return readFile(absolute);
  } catch (error) {
    throw unreadable(name, reasonOf(error));
  }
}

function inspect(absolute: string, name: string): FileInfo | undefined {
  try {
    return fileInfo(absolute);
  } catch (error) {
    throw unreadable(name, reasonOf(error));
  }
}

function hclFiles(path: string, folder: string): string[] {
  const names = listFolder(folder).filter(isHcl).sort();
  if (names.length === 0) {
    throw new DstreamError(
      "config.file_not_found",
      `there is no .hcl file in the folder "${path}"`,
      { hint: "name the folder or file with -c" },
    );
  }
  if (names.length > MAX_FILES) {
    throw new DstreamError(
      "config.too_many_files",
      `there are ${names.length} .hcl files in the folder "${path}", the most is ${MAX_FILES}`,
    );
  }
  return names.map((name) => join(folder, name));
}

/** Tests of tasks stand beside the configuration and are no part of it. */
const TESTS = ".dstream-test.hcl";

/**
 * The files with tests of a configuration.
 * @param folder Absolute.
 */
export function findTestFiles(folder: string): string[] {
  return listFolder(folder).filter((name) => name.endsWith(TESTS)).sort()
    .map((name) => join(folder, name));
}

/** Files whose name begins with a dot are dstream's own. */
function isHcl(name: string): boolean {
  return name.endsWith(".hcl") && !name.startsWith(".") &&
    !name.endsWith(TESTS);
}

function notFound(path: string, absolute: string): DstreamError {
  const others = listFolder(dirname(absolute)).filter(isHcl).sort();
  const rest = others.length > 0
    ? `that folder has ${others.slice(0, 8).join(", ")}`
    : "create it, or name another with -c";
  return new DstreamError(
    "config.file_not_found",
    `there is no file "${path}"`,
    { hint: didYouMean(basename(path), others, rest) },
  );
}

function unreadable(name: string, reason: string): DstreamError {
  const message = `cannot read "${name}": ${reason}`;
  return new DstreamError("config.file_unreadable", message);
}
