/**
 * A folder that only the user can read, for what a tap or target reads from files:
 * its config with passwords, a catalog, a state.
 *
 * @module
 */

import { tmpdir } from "node:os";
import { join } from "node:path";
import { isAlive } from "./alive.ts";

const PREFIX = "dstream-singer-";
const NAME = /^dstream-singer-(\d+)-/;

/** Removed, with all that is in it, at the end. */
export class PrivateFolder implements AsyncDisposable {
  private constructor(readonly path: string) {}

  static async create(): Promise<PrivateFolder> {
    await sweep().catch(() => {});
    const prefix = `${PREFIX}${Deno.pid}-`;
    // The system makes it for its owner alone.
    return new PrivateFolder(
      await Deno.makeTempDir({ dir: tmpdir(), prefix }),
    );
  }

  /** Writes a file of mode 0600. @returns Its path. */
  async write(name: string, text: string): Promise<string> {
    const path = join(this.path, name);
    await Deno.writeTextFile(path, text, { mode: 0o600 });
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true }).catch(() => {});
  }
}

/** Who was killed could not tidy up: passwords must not stay. */
async function sweep(): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(tmpdir())) {
    const pid = NAME.exec(name)?.[1];
    if (!isDirectory || pid === undefined || isAlive(Number(pid))) continue;
    // Somebody else's can't be removed, and needn't.
    await Deno.remove(join(tmpdir(), name), { recursive: true })
      .catch(() => {});
  }
}
