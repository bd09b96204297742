/**
 * Tells that somebody saved a file.
 *
 * @module
 */

import type { Clock } from "../../core/ports/mod.ts";
import { unlessAborted } from "../../core/pipeline/wait.ts";

/** Editors write a file in several steps. */
const SETTLE_MS = 100;
/** What dstream itself keeps beside a configuration. */
const OWN = /(^|[\\/])\.dstream([\\/]|$)/;

/** Looks from now on. */
export class FileChanges implements Disposable {
  readonly #watcher: Deno.FsWatcher;
  readonly #isOurs: (path: string) => boolean;

  /** @param isOurs Files that don't count: what is written by ourselves. */
  constructor(folder: string, isOurs: (path: string) => boolean) {
    this.#watcher = Deno.watchFs(folder);
    this.#isOurs = isOurs;
  }

  /** Resolves when a file below the folder has changed since it looks. */
  async next(clock: Clock, signal: AbortSignal): Promise<void> {
    await unlessAborted(this.#first(), signal);
    await clock.sleep(SETTLE_MS, signal);
  }

  [Symbol.dispose](): void {
    try {
      this.#watcher.close();
    } catch {
      // Its folder was removed.
    }
  }

  async #first(): Promise<void> {
    for await (const { kind, paths } of this.#watcher) {
      // Reading a file is told too.
      if (kind === "access" || kind === "other") continue;
      if (paths.some((path) => !OWN.test(path) && !this.#isOurs(path))) return;
    }
  }
}
