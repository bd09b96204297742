/**
 * The `mssql` output: changes as the tables of a SQL Server database.
 *
 * @module
 */

import { defineOutput } from "@dstream/sdk";
import { batchOf, holdOf, sqlLifecycle, SqlOutput } from "../../sql/mod.ts";
import { parseConnectionString } from "../input/connection/connection_string.ts";
import { check, config, type MssqlOutputConfig } from "./config.ts";
import { mssqlDialect } from "./dialect.ts";

const dialectOf = ({ dbConnectionString, schema }: MssqlOutputConfig) =>
  mssqlDialect(parseConnectionString(dbConnectionString), schema);

export default defineOutput({
  name: "mssql",
  summary: "Keeps changes as the tables of a SQL Server database",
  config,
  check,
  features: ["schema"],
  examples: [{
    db_connection_string:
      "Server=db.example.com;Database=copy;User ID=dstream;Password=secret",
  }],
  batch: (config) => batchOf(config),
  hold: (config) => holdOf(config),
  open: (config, context) => SqlOutput.open(dialectOf(config), config, context),
  lifecycle: sqlLifecycle(dialectOf),
});
