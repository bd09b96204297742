/**
 * The keys of the counter's config block.
 *
 * @module
 */

import { type Config, duration, integer } from "@dstream/sdk";

/** Read by input.ts, shown by `dstream provider inspect counter`. */
export const config = {
  intervalMs: duration({
    name: "interval",
    aliases: ["interval_ms"],
    default: 1000,
    doc: "Pause between two numbers; 0 counts as fast as it goes",
  }),
  maxCount: integer({
    default: 0,
    min: 0,
    example: 5,
    doc: "Stop after this many numbers; 0 counts on",
  }),
  start: integer({ default: 1, doc: "The first number" }),
};

/** The values of these keys. */
export type CounterConfig = Config<typeof config>;
