/**
 * The keys of the generator's config block.
 *
 * @module
 */

import { type Config, integer, number, size, string } from "@dstream/sdk";

/** Read by input.ts, shown by `dstream provider inspect generate`. */
export const config = {
  maxCount: integer({
    aliases: ["count"],
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
  table: string({
    default: "generate",
    doc: "What metadata and schema call the table",
    pattern: {
      regexp: /^[\w.-]{1,20}$/,
      says: "must have letters, digits, _ . or - alone, 20 at most",
    },
  }),
  seed: integer({
    default: 1,
    min: 0,
    doc: "The same seed makes the same envelopes",
  }),
};

/** The values of these keys. */
export type GenerateConfig = Config<typeof config>;
