/**
 * The keys of the console's config block.
 *
 * @module
 */

import { type Config, integer, oneOf } from "@dstream/sdk";

/** Read by output.ts, shown by `dstream provider inspect console`. */
export const config = {
  format: oneOf(["simple", "structured", "json"], {
    name: "output_format",
    aliases: ["format"],
    default: "simple",
    doc: "`simple`: a numbered line with the data; `structured`: data and " +
      "metadata on lines of their own, and schemas as they come; `json`: the envelope as it came",
  }),
  resourceCount: integer({
    default: 0,
    min: 0,
    max: 1000,
    example: 3,
    doc:
      "How many pretended resources `plan`, `init`, `status` and `destroy` " +
      "report, to try these commands",
  }),
};

/** The values of these keys. */
export type ConsoleConfig = Config<typeof config>;
