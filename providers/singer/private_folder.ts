/**
 * A folder that only the user can read, for what a tap or target reads from files:
 * its config with passwords, a catalog, a state.
 *
 * @module
 */

import { join } from "node:path";

/** Removed, with all that is in it, at the end. */
export class PrivateFolder implements AsyncDisposable {
  private constructor(readonly path: string) {}

  static async create(): Promise<PrivateFolder> {
    // The system makes it for its owner alone.
    return new PrivateFolder(await Deno.makeTempDir({ prefix: "dstream-" }));
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
