/**
 * Finds the executable a `provider_path` means, or says exactly why not.
 *
 * @module
 */

import { constants } from "node:fs";
import { access, readdir, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { DstreamError, type Location } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import { shownPath } from "./shown_path.ts";

/** Where to look, and how to name it in an error. */
export interface ExecutableOptions {
  /** The configuration's folder. */
  readonly folder: string;
  /** "windows", "linux", "darwin". */
  readonly os: string;
  /** Where the path stands in the configuration. */
  readonly at?: Location;
}

/** Windows starts only these; a path may leave them out. */
const WINDOWS_EXTENSIONS = [".exe", ".cmd", ".bat", ".com"];

/**
 * @param path Absolute.
 * @returns The file to start: on Windows with its extension added.
 * @throws {DstreamError} `config.provider_not_found`,
 * `config.provider_is_folder` or `config.provider_not_executable`.
 */
export async function findExecutable(
  path: string,
  options: ExecutableOptions,
): Promise<string> {
  for (const candidate of candidates(path, options.os)) {
    const info = await statOrNothing(candidate);
    if (info === undefined) continue;
    if (info.isDirectory()) throw isFolder(candidate, options);
    await requireExecutable(candidate, options);
    return candidate;
  }
  throw await notFound(path, options);
}

function candidates(path: string, os: string): string[] {
  if (os !== "windows" || hasWindowsExtension(path)) return [path];
  return [...WINDOWS_EXTENSIONS.map((extension) => path + extension), path];
}

function hasWindowsExtension(path: string): boolean {
  const lower = path.toLowerCase();
  return WINDOWS_EXTENSIONS.some((extension) => lower.endsWith(extension));
}

async function statOrNothing(path: string) {
  try {
    return await stat(path);
  } catch {
    return undefined;
  }
}

async function requireExecutable(
  path: string,
  options: ExecutableOptions,
): Promise<void> {
  const shown = shownPath(path, options.folder);
  if (options.os === "windows") {
    if (hasWindowsExtension(path)) return;
    throw new DstreamError(
      "config.provider_not_executable",
      `Windows cannot start "${shown}"`,
      { at: options.at, hint: "name a .exe, .cmd or .bat file" },
    );
  }
  try {
    await access(path, constants.X_OK);
  } catch (cause) {
    throw new DstreamError(
      "config.provider_not_executable",
      `the provider "${shown}" is not executable`,
      { at: options.at, cause, hint: `chmod +x ${shown}` },
    );
  }
}

function isFolder(path: string, options: ExecutableOptions): DstreamError {
  return new DstreamError(
    "config.provider_is_folder",
    `the provider "${shownPath(path, options.folder)}" is a folder`,
    { at: options.at, hint: "name the executable in it" },
  );
}

async function notFound(
  path: string,
  options: ExecutableOptions,
): Promise<DstreamError> {
  return new DstreamError(
    "config.provider_not_found",
    `there is no file "${shownPath(path, options.folder)}"`,
    { at: options.at, hint: await hintForMissing(path, options) },
  );
}

async function hintForMissing(
  path: string,
  options: ExecutableOptions,
): Promise<string> {
  const folder = dirname(path);
  let names: string[];
  try {
    names = await readdir(folder);
  } catch {
    return `the folder "${
      shownPath(folder, options.folder)
    }" is not there either`;
  }
  const near = nearest(basename(path), names);
  return near === undefined
    ? "paths are relative to the configuration's folder"
    : `did you mean "${near}"?`;
}
