/**
 * Paths as users would write them.
 *
 * @module
 */

import { relative } from "node:path";

/** As a user would write it: relative to the configuration where it is below. */
export function shownPath(path: string, folder: string): string {
  const short = relative(folder, path);
  if (short === "") return ".";
  return short.startsWith("..") ? path : `./${short.replaceAll("\\", "/")}`;
}
