/**
 * Writes a file whole or not at all, also when the machine stops in between.
 *
 * @module
 */

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
export function writeAllSync(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) {
    at += file.writeSync(bytes.subarray(at));
  }
}

/** Written beside, flushed to the disk, renamed. */
export async function writeWholeFile(
  path: string,
  content: string | Uint8Array,
  { mode, isShared = false }: WholeFileOptions = {},
): Promise<void> {
  const bytes = typeof content === "string"
    ? new TextEncoder().encode(content)
    : content;
  // A crash leaves it: the next writer of the same name takes it over.
  const beside = isShared ? besideName(path) : `${path}.tmp`;
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
    await Deno.rename(beside, path);
  } catch (error) {
    if (isShared) await Deno.remove(beside).catch(() => {});
    throw error;
  }
}
