/**
 * The keys of `output { provider = "mssql" config { … } }`.
 *
 * @module
 */

import { type Config, type ConfigProblem, secret, string } from "@dstream/sdk";
import { checkSql, sqlFields } from "../../sql/mod.ts";
import {
  ConnectionStringError,
  parseConnectionString,
} from "../input/connection/connection_string.ts";

/** The keys, for the parser, the types and the reference page. */
export const config = {
  dbConnectionString: secret({
    aliases: ["connection_string"],
    doc: "SQL Server: Server=…;Database=…;User ID=…;Password=…, or a " +
      "sqlserver:// URL; docs/sqlserver.md has every keyword",
    example: "Server=db.example.com;Database=copy;User ID=dstream;Password=…",
  }),
  schema: string({
    doc: "The schema of tables whose name has none",
    default: "dbo",
  }),
  ...sqlFields,
};

/** What the parser yields. */
export type MssqlOutputConfig = Config<typeof config>;

/** Mistakes that no single key can see. */
export function* check(values: MssqlOutputConfig): Generator<ConfigProblem> {
  try {
    parseConnectionString(values.dbConnectionString);
  } catch (error) {
    if (!(error instanceof ConnectionStringError)) throw error;
    const { message, hint } = error;
    yield { path: "config.db_connection_string", message, hint };
  }
  yield* checkSql(values);
}
