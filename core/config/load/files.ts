/**
 * From `-c` to the files that are read.
 *
 * @module
 */

import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { DstreamError } from "../../errors.ts";
import { didYouMean } from "../../nearest.ts";

const MAX_FILE_BYTES = 16 * 1024 * 1024;

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
export async function findFiles(
  path: string,
  workingFolder: string,
): Promise<Found> {
  const absolute = resolve(workingFolder, path);
  const info = await stat(absolute).catch((cause) => {
    throw cause.code === "ENOENT" || cause.code === "ENOTDIR"
      ? notFound(path, absolute)
      : unreadable(path, cause);
  });
  const found = (await info).isDirectory()
    ? { folder: absolute, files: await hclFiles(path, absolute) }
    : { folder: dirname(absolute), files: [absolute] };
  const auto = join(found.folder, AUTO_VARIABLES);
  const hasAuto = await stat(auto).then((i) => i.isFile(), () => false);
  return hasAuto ? { ...found, autoVariables: auto } : found;
}

/** @throws {DstreamError} `config.file_not_found`, `config.file_unreadable`. */
export async function readText(
  path: string,
  workingFolder: string,
): Promise<NamedText> {
  const absolute = resolve(workingFolder, path);
  const name = shownName(absolute, workingFolder);
  const bytes = await readBytes(absolute, name);
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

async function readBytes(absolute: string, name: string): Promise<Uint8Array> {
  try {
    const { size, isFile } = await stat(absolute).then((info) => {
      return { size: info.size, isFile: info.isFile() };
    });
    if (!isFile) throw new Error("it is no regular file");
    if (size > MAX_FILE_BYTES) throw new Error("it is larger than 16 MiB");
    return await readFile(absolute);
  } catch (cause) {
    const { code } = cause as { code?: unknown };
    throw code === "ENOENT"
      ? new DstreamError("config.file_not_found", `there is no file "${name}"`)
      : unreadable(name, cause);
  }
}

async function hclFiles(path: string, folder: string): Promise<string[]> {
  const names = (await list(folder))
    .filter((name) => name.endsWith(".hcl") && !name.startsWith("."))
    .sort();
  if (names.length === 0) {
    throw new DstreamError(
      "config.file_not_found",
      `there is no .hcl file in the folder "${path}"`,
      { hint: "name the folder or file with -c" },
    );
  }
  return names.map((name) => join(folder, name));
}

async function notFound(path: string, absolute: string): Promise<never> {
  const others = (await list(dirname(absolute))).filter((name) =>
    name.endsWith(".hcl") && !name.startsWith(".")
  );
  const rest = others.length > 0
    ? `this folder has ${others.slice(0, 8).join(", ")}`
    : "create it, or name another with -c";
  throw new DstreamError(
    "config.file_not_found",
    `there is no file "${path}"`,
    { hint: didYouMean(basename(path), others, rest) },
  );
}

function list(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

function unreadable(name: string, cause: unknown): DstreamError {
  const { code, message } = cause as { code?: string; message: string };
  const reason = code === "EACCES" || code === "EPERM"
    ? "permission denied"
    : message;
  return new DstreamError(
    "config.file_unreadable",
    `cannot read "${name}": ${reason}`,
    { cause },
  );
}
