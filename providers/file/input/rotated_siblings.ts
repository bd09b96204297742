/**
 * Earlier generations of a file that lie beside it: `app.log.1`, `app.log-20261130`,
 * `app.1.log`.
 *
 * Who rotates a file twice between two looks leaves one that nobody has seen under
 * the name that is followed. It is known by its name and by its times: begun after
 * the file that was read last, and written to after that one was.
 *
 * @module
 */

import { compressionOf } from "../../formats/reading/mod.ts";
import { statOrNothing } from "./file_names.ts";
import { joinPath } from "./join_path.ts";

/** A file beside the one that is followed. */
export interface Sibling {
  readonly path: string;
  readonly info: Deno.FileInfo;
}

/** What is known of the file that was read last; from the system's own times. */
export interface Times {
  readonly bornMs?: number;
  readonly mtimeMs?: number;
}

/** The times of a file, as far as the system has them. */
export function timesOf(info: Deno.FileInfo): Times {
  return {
    bornMs: info.birthtime?.getTime(),
    mtimeMs: info.mtime?.getTime(),
  };
}

/** Those that have a rotated file's name, oldest first; packed ones are none. */
export function rotatedSiblings(path: string): Sibling[] {
  const { folder, name } = split(path);
  const isRotated = rotatedName(name);
  return fileNames(folder === "" ? "." : folder)
    .filter((other) => isRotated(other) && compressionOf(other) === "none")
    .map((other) => folder === "" ? other : joinPath(folder, other))
    .flatMap((path) => {
      const info = statOrNothing(path);
      return info?.isFile ? [{ path, info }] : [];
    })
    .sort(byAge);
}

/** Whether a file came after the one that was read last. */
export function isLater({ info }: Sibling, last: Times): boolean {
  const { bornMs, mtimeMs } = timesOf(info);
  if (mtimeMs === undefined || last.mtimeMs === undefined) return false;
  if (mtimeMs < last.mtimeMs) return false;
  return bornMs === undefined || last.bornMs === undefined ||
    bornMs >= last.bornMs;
}

/** The folder with its slash ("" for none) and the name in it. */
export function split(path: string): { folder: string; name: string } {
  const slash = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
  return { folder: path.slice(0, slash + 1), name: path.slice(slash + 1) };
}

/** The files in a folder; none where it can't be listed. */
export function fileNames(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)]
      .filter(({ isFile }) => isFile)
      .map(({ name }) => name);
  } catch {
    return []; // then there is nothing to be found in it
  }
}

/** A number or a date behind the name, or before its extension. */
function rotatedName(name: string): (other: string) => boolean {
  const [, stem, extension] = /^(.+?)(\.[^.]*)?$/.exec(name) ?? [, name, ""];
  const mark = String.raw`[._-](?:\d[\dTZ:._-]*|old|prev|last)`;
  const pattern = new RegExp(
    `^(?:${quoted(name)}${mark}|${quoted(stem!)}${mark}${
      quoted(extension ?? "")
    })$`,
    "i",
  );
  return (other) => other !== name && pattern.test(other);
}

function quoted(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** By the last write; of equal ones `app.log.2` is older than `app.log.1`. */
function byAge(a: Sibling, b: Sibling): number {
  const since = (timesOf(a.info).mtimeMs ?? 0) - (timesOf(b.info).mtimeMs ?? 0);
  if (since !== 0) return since;
  const [numberA, numberB] = [a, b].map(({ path }) =>
    Number(/[._-](\d{1,3})(?:\.[a-z]+)?$/i.exec(path)?.[1] ?? NaN)
  );
  if (numberA >= 0 && numberB >= 0) return numberB - numberA;
  return a.path < b.path ? -1 : 1;
}
