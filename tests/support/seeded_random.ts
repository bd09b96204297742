/**
 * Chance that can be had again: a failing test prints its seed.
 *
 * @module
 */

/** Numbers from 0 to 1; `DSTREAM_TEST_SEED` sets the seed. */
export function seededRandom(
  seed = Number(Deno.env.get("DSTREAM_TEST_SEED") ?? Date.now() % 1e9),
): { readonly seed: number; readonly random: () => number } {
  let state = seed >>> 0;
  const random = () => { // mulberry32
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ state >>> 15, state | 1);
    mixed ^= mixed + Math.imul(mixed ^ mixed >>> 7, mixed | 61);
    return ((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32;
  };
  return { seed, random };
}
