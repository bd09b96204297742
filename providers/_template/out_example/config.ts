/**
 * The keys of this output's config block.
 *
 * @module
 */

import { type Config, string } from "@dstream/sdk";

/** Read by output.ts; the table in README.md is made from it. */
export const config = {
  path: string({
    example: "copy.jsonl",
    doc: "The file that the data is appended to",
  }),
};

/** The values of these keys. */
export type ExampleConfig = Config<typeof config>;
