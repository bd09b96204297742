/**
 * The keys of the generator's config block.
 *
 * @module
 */

import { type Config, integer, number, size } from "@dstream/sdk";

/** Read by input.ts, shown by `dstream provider inspect generate`. */
export const config = {
  count: integer({
    default: 0,
    min: 0,
    example: 1_000_000,
    unit: "envelopes",
    doc: "Stop after this many; 0 goes on",
  }),
  rate: number({
    default: 0,
    min: 0,
    example: 1000,
    unit: "envelopes per second",
    doc: "How fast; 0 is as fast as it goes",
  }),
  sizeBytes: size({
    name: "size",
    aliases: ["size_bytes"],
    default: 500,
    min: 120,
    max: 8 * 1024 * 1024,
    doc: "Length of each line, its line feed included",
  }),
  seed: integer({
    default: 1,
    min: 0,
    doc: "The same seed makes the same envelopes",
  }),
};

/** The values of these keys. */
export type GenerateConfig = Config<typeof config>;
