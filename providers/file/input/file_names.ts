/**
 * The names found for files, one for each: a link, a hard link or another way to the
 * same file doesn't make it a second one.
 *
 * The name kept is the first that is no link, so that it stays the same when links
 * come and go.
 *
 * @module
 */

import { fileFailure } from "@dstream/sdk/files";

interface Name {
  readonly path: string;
  readonly isLink: boolean;
}

export class FileNames {
  readonly #names: Name[] = [];

  add(path: string, isLink: boolean): void {
    this.#names.push({ path, isLink });
  }

  /** How many were added. */
  get count(): number {
    return this.#names.length;
  }

  /** One name of each file that is there, sorted. */
  sorted(): string[] {
    const best = new Map<string, Name>();
    for (const name of this.#names) {
      const key = keyOf(name.path);
      if (key === undefined) continue; // it went meanwhile
      const known = best.get(key);
      if (known === undefined || isBetter(name, known)) best.set(key, name);
    }
    return [...best.values()].map(({ path }) => path).sort();
  }
}

function isBetter(a: Name, b: Name): boolean {
  return a.isLink === b.isLink ? a.path < b.path : b.isLink;
}

/** The same for all names of one file. */
function keyOf(path: string): string | undefined {
  const info = statOrNothing(path);
  if (info === undefined) return undefined;
  const { dev, ino } = info;
  // Rounded, two files' numbers might be equal.
  if (ino !== null && ino !== 0 && Number.isSafeInteger(ino)) {
    return `${dev}:${ino}`;
  }
  return Deno.realPathSync(path);
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
