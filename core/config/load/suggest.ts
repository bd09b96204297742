/**
 * What to say about a name nobody knows.
 *
 * @module
 */

import { nearest } from "../../base/nearest.ts";

/** More names than this would bury the answer. */
const MAX_NAMES = 12;

/** The nearest name, else all there are: `it has a, b`. */
export function suggest(
  name: string,
  known: Iterable<string>,
  has = "it has",
): string | undefined {
  const names = [...known];
  const near = nearest(name, names);
  if (near !== undefined) return `did you mean "${near}"?`;
  if (names.length === 0) return undefined;
  const more = names.length > MAX_NAMES ? ", …" : "";
  return `${has} ${names.slice(0, MAX_NAMES).join(", ")}${more}`;
}
