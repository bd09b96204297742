/**
 * Where a plugin's socket lies: a folder for it alone that only the user can open.
 *
 * dstream makes and removes it, because it outlives the host; a host whose dstream is
 * gone removes it itself.
 *
 * @module
 */

import { join } from "node:path";

/** A socket's path may have about 100 bytes. */
const LONGEST_PATH = 80;

/** Gone when it leaves its scope. */
export class SocketFolder implements Disposable {
  /** None where the path would be too long, or where there are no sockets. */
  readonly path: string | undefined = makeFolder();

  [Symbol.dispose](): void {
    if (this.path !== undefined) removeSocketFolder(this.path);
  }
}

/** With what is in it. */
export function removeSocketFolder(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch {
    // Gone already.
  }
}

function makeFolder(): string | undefined {
  if (Deno.build.os === "windows") return undefined;
  const folder = Deno.makeTempDirSync({ prefix: "ds-" });
  if (join(folder, "plugin0000000000").length <= LONGEST_PATH) return folder;
  Deno.removeSync(folder);
  return undefined;
}
