/**
 * The keys of `output { provider = "postgres" config { … } }`.
 *
 * @module
 */

import { type Config, type ConfigProblem, string } from "@dstream/sdk";
import { checkSql, sqlFields } from "../../sql/mod.ts";
import { checkConnection, connectionFields } from "../connection/fields.ts";

/** The keys, for the parser, the types and the reference page. */
export const config = {
  ...connectionFields,
  schema: string({
    doc: "The schema of tables whose name has none",
    default: "public",
  }),
  ...sqlFields,
};

/** What the parser yields. */
export type PostgresOutputConfig = Config<typeof config>;

/** Mistakes that no single key can see. */
export function* check(
  values: PostgresOutputConfig,
): Generator<ConfigProblem> {
  yield* checkConnection(values);
  yield* checkSql(values);
}
