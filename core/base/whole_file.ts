/**
 * Writes a file whole or not at all, also when the machine stops in between.
 *
 * A link stays a link: what it leads to is written, in that file's folder.
 *
 * @module
 */

import { dirname, resolve } from "node:path";

/** How a file is written. */
export interface WholeFileOptions {
  /** Permissions of the file, where the system has them. */
  readonly mode?: number;
  /** Several processes may be writing it: the last one wins. */
  readonly isShared?: boolean;
}

let count = 0;

/** A name that no other writer has, in this process or another. */
export function besideName(path: string): string {
  return `${path}.${Deno.pid}-${++count}.tmp`;
}

/** Writes all of it: one call may take only a part. */
export function writeAllSync(
  file: { writeSync(bytes: Uint8Array): number },
  bytes: Uint8Array,
): void {
  for (let at = 0; at < bytes.length;) {
    at += file.writeSync(bytes.subarray(at));
  }
}

/** The system's own bound. */
const MAX_LINKS = 40;

/**
 * Where a name leads to, over links, also when nothing is there yet.
 * @throws What the system says: a circle of links, no permission.
 */
export async function linkTarget(path: string): Promise<string> {
  let at = path;
  for (let links = 0; links < MAX_LINKS; links++) {
    const info = await Deno.lstat(at).catch((error) => {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    });
    if (!info?.isSymlink) return at;
    at = resolve(dirname(at), await Deno.readLink(at));
  }
  throw new Error(`too many links, one leads to the other: "${path}"`);
}

/** A rename is on the disk when its folder is. */
async function syncFolder(path: string): Promise<void> {
  if (Deno.build.os === "windows") return; // has no such call
  try {
    using folder = await Deno.open(path);
    await folder.sync();
  } catch {
    // Some network file systems have none either; the file itself is flushed.
  }
}

/** Written beside, flushed to the disk, renamed; then the folder is flushed. */
export async function writeWholeFile(
  path: string,
  content: string | Uint8Array,
  { mode, isShared = false }: WholeFileOptions = {},
): Promise<void> {
  const bytes = typeof content === "string"
    ? new TextEncoder().encode(content)
    : content;
  const target = await linkTarget(path);
  // A crash leaves it: the next writer of the same name takes it over.
  const beside = isShared ? besideName(target) : `${target}.tmp`;
  try {
    {
      using file = await Deno.open(beside, {
        write: true,
        create: true,
        truncate: true,
        mode,
      });
      for (let at = 0; at < bytes.length;) {
        at += await file.write(bytes.subarray(at));
      }
      await file.sync();
    }
    await Deno.rename(beside, target);
    await syncFolder(dirname(target));
  } catch (error) {
    if (isShared) await Deno.remove(beside).catch(() => {});
    throw error;
  }
}
