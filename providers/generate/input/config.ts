/**
 * The keys of the generator's config block.
 *
 * @module
 */

import {
  type Config,
  type ConfigProblem,
  integer,
  map,
  number,
  size,
  string,
} from "@dstream/sdk";
import { checkColumns } from "../../formats/mod.ts";

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
    doc: "Length of each line, its line feed included; not with columns",
  }),
  columns: map(string({ doc: "A type, such as int64 or decimal(12,2)" }), {
    doc: "Rows with these columns instead of one long text",
    optional: true,
    minItems: 1,
    example: { id: "int64", price: "decimal(12,2)", at: "timestamptz" },
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

/** Mistakes that no single key can see. */
export function* check(values: GenerateConfig): Generator<ConfigProblem> {
  yield* checkColumns(values.columns);
}
