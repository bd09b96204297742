/**
 * The keys of `output { provider = "sqlite" config { … } }`.
 *
 * @module
 */

import { type Config, type ConfigProblem, integer, string } from "@dstream/sdk";
import { checkSql, sqlFields } from "../../sql/mod.ts";

/** The keys, for the parser, the types and the reference page. */
export const config = {
  path: string({
    doc: "The database's file; made where there is none",
    example: "shop.db",
  }),
  ...sqlFields,
  // A commit costs the same whatever is in it: some waits for the disk.
  batchSize: integer({
    doc: "The most envelopes of one transaction",
    default: 20_000,
    min: 1,
    max: 100_000,
    unit: "envelopes",
  }),
};

/** What the parser yields. */
export type SqliteConfig = Config<typeof config>;

/** Mistakes that no single key can see. */
export function check(values: SqliteConfig): Iterable<ConfigProblem> {
  return checkSql(values);
}
