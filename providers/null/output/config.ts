/**
 * The keys of the null output's config block.
 *
 * @module
 */

import { type Config, duration, integer } from "@dstream/sdk";

/** Read by output.ts, shown by `dstream provider inspect null`. */
export const config = {
  delayMs: duration({
    name: "delay",
    aliases: ["delay_ms"],
    default: 0,
    doc: "How long each write pretends to take",
  }),
  failAfter: integer({
    default: 0,
    min: 0,
    example: 1000,
    unit: "envelopes",
    doc: "Fail once this many were taken, to see what happens then; 0 never",
  }),
};

/** The values of these keys. */
export type NullConfig = Config<typeof config>;
