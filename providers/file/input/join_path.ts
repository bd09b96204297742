/**
 * Joining paths as patterns write them.
 *
 * @module
 */

/** `a` and `b` with one slash between. */
export function joinPath(a: string, b: string): string {
  if (b === "") return a;
  return a.endsWith("/") ? a + b : `${a}/${b}`;
}
