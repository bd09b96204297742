/**
 * A folder of a test's own, gone when its brace closes.
 *
 * @module
 */

import { dirname, join } from "node:path";

/** Text or bytes by relative path. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

/**
 * @example
 * ```ts
 * await using folder = await TempFolder.make({ "a/b.txt": "text" });
 * if (await folder.read("a/b.txt") !== "text") throw new Error();
 * ```
 */
export class TempFolder implements AsyncDisposable {
  private constructor(readonly path: string) {}

  static async make(files: Files = {}): Promise<TempFolder> {
    // Symbolic links are resolved, so that paths printed by children are equal.
    const path = await Deno.realPath(
      await Deno.makeTempDir({ prefix: "dstream-test-" }),
    );
    const folder = new TempFolder(path);
    for (const [name, content] of Object.entries(files)) {
      await folder.write(name, content);
    }
    return folder;
  }

  /** An absolute path in the folder. */
  join(...names: string[]): string {
    return join(this.path, ...names);
  }

  read(name: string): Promise<string> {
    return Deno.readTextFile(this.join(name));
  }

  /** Makes the folders on the way. @returns The absolute path. */
  async write(name: string, content: string | Uint8Array): Promise<string> {
    const path = this.join(name);
    await Deno.mkdir(dirname(path), { recursive: true });
    const bytes = typeof content === "string"
      ? new TextEncoder().encode(content)
      : content;
    await Deno.writeFile(path, bytes);
    return path;
  }

  /** The same, executable: a provider in a few lines of script. */
  async writeExecutable(name: string, content: string): Promise<string> {
    const path = await this.write(name, content);
    if (Deno.build.os !== "windows") await Deno.chmod(path, 0o755);
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true }).catch(() => {});
  }
}
