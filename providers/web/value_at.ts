/**
 * What stands at a path in JSON of others.
 *
 * @module
 */

/** @returns undefined where a step leads nowhere. */
export function valueAt(value: unknown, path: string): unknown {
  let at = value;
  for (const key of path.split(".").filter(Boolean)) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) {
      return undefined;
    }
    at = (at as Record<string, unknown>)[key];
  }
  return at;
}
