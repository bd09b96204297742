/**
 * The names of the tasks that root blocks become.
 *
 * @module
 */

/** In the order they are started. */
export const FAMILY_NAMES = ["ingester", "router"] as const;

/** One of them. */
export type FamilyName = typeof FAMILY_NAMES[number];

/** Whether a name is one of them. */
export function isFamilyName(name: string): name is FamilyName {
  return (FAMILY_NAMES as readonly string[]).includes(name);
}
