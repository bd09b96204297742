/**
 * The keys of this input's config block.
 *
 * @module
 */

import { type Config, duration, string } from "@dstream/sdk";

/** Read by input.ts; the table in README.md is made from it. */
export const config = {
  path: string({
    example: "numbers.txt",
    doc: "The file whose lines are sent",
  }),
  pauseMs: duration({
    name: "pause",
    default: 0,
    doc: "How long to wait after each line",
  }),
};

/** The values of these keys. */
export type ExampleConfig = Config<typeof config>;
