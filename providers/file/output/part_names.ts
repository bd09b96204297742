/**
 * Names of files that are numbered, finished and unfinished ones.
 *
 * @module
 */

import { finalFileFailure } from "@dstream/sdk/files";
import type { Moment } from "./moment.ts";
import { type NameTemplate, splitPath } from "./name_template.ts";
import { createFolder, syncFolder } from "./output_file.ts";

/** The name of a file that isn't finished. */
export const PART = ".part";

/** The first free number. */
export async function nextSequence(
  template: NameTemplate,
  now: Moment,
): Promise<number> {
  const { folder, pattern } = template.sequencePattern(now.wallMs);
  await createFolder(folder);
  const numbers = namesIn(folder).map((name) =>
    Number(pattern.exec(withoutPart(name))?.[1] ?? 0)
  );
  return numbers.reduce((most, number) => Math.max(most, number), 0) + 1;
}

/** `orders-000001.jsonl.part` → `orders-000001.jsonl`, or the next free name. */
export async function nameFinished(path: string): Promise<void> {
  const name = freeName(withoutPart(path));
  try {
    await Deno.rename(path, name);
  } catch (error) {
    throw finalFileFailure("finish", path, error);
  }
  await syncFolder(splitPath(name).folder);
}

export function withoutPart(name: string): string {
  return name.endsWith(PART) ? name.slice(0, -PART.length) : name;
}

/** Somebody else may have made a file of that name meanwhile. */
function freeName(path: string): string {
  let name = path;
  for (let copy = 2; exists(name); copy++) {
    name = path.replace(/((?:\.[a-z]+)*)$/i, `-${copy}$1`);
  }
  return name;
}

export function bySequence(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : 1);
}

export function namesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder === "" ? "." : folder)]
      .map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw finalFileFailure("list", folder, error);
  }
}

export function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
