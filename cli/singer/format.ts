/**
 * What `tap` writes and `target` reads.
 *
 * @module
 */

/** Singer's messages as lines, or Arrow's columns. */
export const FORMATS = ["jsonl", "arrow"] as const;

/** One of them. */
export type Format = typeof FORMATS[number];
