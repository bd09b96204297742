/**
 * Chance that a seed repeats, for tests that try many cases.
 *
 * @module
 */

/** Numbers from 0 (included) to 1 (excluded); the same for the same seed. */
export function randomFrom(seed: number): () => number {
  let value = Math.imul(seed, 2654435761);
  return () => {
    value = Math.imul(value ^ (value >>> 15), 2246822519) + 1;
    return (value >>> 0) / 2 ** 32;
  };
}
