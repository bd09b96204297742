/**
 * A lock beside a file, in the way the file output locks what it writes to: the
 * system's own on a hidden file, which is gone again when nobody holds it.
 *
 * What a killed file output has noted in its lock stays there for the next one.
 *
 * @module
 */

import { dirname } from "node:path";
import { getsLock } from "../base/file_lock.ts";

const MAX_ATTEMPTS = 20;

/** A held lock; disposing lets it go. */
export class LockBeside implements Disposable {
  readonly #path: string;
  readonly #file: Deno.FsFile;

  private constructor(path: string, file: Deno.FsFile) {
    this.#path = path;
    this.#file = file;
  }

  /** @returns `undefined` when another process holds it. */
  static async take(path: string): Promise<LockBeside | undefined> {
    await Deno.mkdir(dirname(path), { recursive: true, mode: 0o700 });
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const options = { read: true, write: true, create: true, mode: 0o600 };
      const file = await Deno.open(path, options);
      if (!await getsLock(file)) {
        file.close();
        return undefined;
      }
      if (isStillThere(path, file)) return new LockBeside(path, file);
      // Its owner removed it between our opening and our locking.
      file.close();
    }
    return undefined;
  }

  [Symbol.dispose](): void {
    const hasNote = this.#file.statSync().size > 0;
    // While it is locked, so that nobody has it open and believes it to be locked.
    if (!hasNote && Deno.build.os !== "windows") Deno.removeSync(this.#path);
    this.#file.close();
  }
}

function isStillThere(path: string, file: Deno.FsFile): boolean {
  try {
    const [there, here] = [Deno.statSync(path), file.statSync()];
    return there.ino === here.ino && there.dev === here.dev;
  } catch {
    return false;
  }
}
