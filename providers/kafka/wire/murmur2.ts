/**
 * The hash by which Java's client chooses partitions.
 *
 * Source: org.apache.kafka.common.utils.Utils.murmur2
 *
 * @module
 */

const SEED = 0x9747b28c;
const M = 0x5bd1e995;
const R = 24;

/** @returns 32 bits with a sign. */
export function murmur2(data: Uint8Array): number {
  const { length } = data;
  let hash = SEED ^ length;
  let at = 0;
  for (; at + 4 <= length; at += 4) {
    let word = data[at] | data[at + 1] << 8 | data[at + 2] << 16 |
      data[at + 3] << 24;
    word = Math.imul(word, M);
    word = Math.imul(word ^ word >>> R, M);
    hash = Math.imul(hash, M) ^ word;
  }
  const rest = length - at;
  if (rest > 0) {
    if (rest > 2) hash ^= data[at + 2] << 16;
    if (rest > 1) hash ^= data[at + 1] << 8;
    hash = Math.imul(hash ^ data[at], M);
  }
  hash = Math.imul(hash ^ hash >>> 13, M);
  return hash ^ hash >>> 15;
}

/** Which of so many partitions a key belongs to, in Java's client too. */
export function partitionOf(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fff_ffff) % partitions;
}
