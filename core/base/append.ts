/**
 * Lists that grow by other lists.
 *
 * @module
 */

/** `to.push(...from)` for lists of any length: a call takes some 100,000 values. */
export function append<T>(to: T[], from: Iterable<T>): void {
  for (const one of from) to.push(one);
}
