/**
 * What a tap wants back the next time: opaque, but for whether there is anything.
 *
 * @module
 */

import type { Json } from "@dstream/sdk";

/**
 * Whether a state says nothing: `{}`, `{"bookmarks":{}}`. Taps write such ones at
 * their start or when they fail; one of them must never replace what is known.
 */
export function isEmptyState(state: Json | undefined): boolean {
  if (state === undefined || state === null) return true;
  if (typeof state !== "object" || isRawNumber(state)) return false;
  return Object.values(state).every(isEmptyState);
}

/** A number that keeps its digits is an object to `typeof`. */
function isRawNumber(value: object): boolean {
  return (JSON as unknown as { isRawJSON(value: unknown): boolean })
    .isRawJSON(value);
}
