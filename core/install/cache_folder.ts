/**
 * Where pulled providers are kept.
 *
 * @module
 */

import { join } from "node:path";
import { DstreamError } from "../base/errors.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** The user's own folder; absent when the system doesn't say. */
export function homeFolder(env: Env): string | undefined {
  return env.HOME || env.USERPROFILE || undefined;
}

/**
 * `$DSTREAM_CACHE_DIR`, else `~/.dstream/plugins`.
 * @throws {DstreamError} `cache.no_folder`
 */
export function cacheFolder(env: Env): string {
  if (env.DSTREAM_CACHE_DIR) return env.DSTREAM_CACHE_DIR;
  const home = homeFolder(env);
  if (home !== undefined) return join(home, ".dstream", "plugins");
  throw new DstreamError(
    "cache.no_folder",
    "there is no place for pulled providers: the home folder is unknown",
    { hint: "set DSTREAM_CACHE_DIR to a folder of yours" },
  );
}
