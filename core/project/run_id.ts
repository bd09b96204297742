/**
 * Names for runs: sortable by time, unique by chance (a ULID).
 *
 * @module
 */

import type { Clock, Random } from "../ports/mod.ts";

/** Crockford's base 32: no letters that look alike. */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const TIME_CHARACTERS = 10;
const RANDOM_CHARACTERS = 16;

/** @returns 26 characters: the time in milliseconds, then chance. */
export function newRunId(clock: Clock, random: Random): string {
  let time = "";
  let rest = clock.wallMs();
  for (let i = 0; i < TIME_CHARACTERS; i++) {
    time = ALPHABET[rest % 32] + time;
    rest = Math.floor(rest / 32);
  }
  let chance = "";
  for (let i = 0; i < RANDOM_CHARACTERS; i++) {
    chance += ALPHABET[Math.floor(random.next() * 32)];
  }
  return time + chance;
}
