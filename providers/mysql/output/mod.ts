/**
 * The `mysql` output: changes as the tables of a MySQL or MariaDB database.
 *
 * @module
 */

import { defineOutput } from "@dstream/sdk";
import { batchOf, holdOf, sqlLifecycle, SqlOutput } from "../../sql/mod.ts";
import { check, config, type MysqlConfig } from "./config.ts";
import { mysqlDialect } from "./dialect.ts";
import { mysqlSettings } from "./settings.ts";

export default defineOutput({
  name: "mysql",
  summary: "Keeps changes as the tables of a MySQL or MariaDB database",
  config,
  check,
  features: ["schema"],
  examples: [
    { connection_string: "mysql://dstream:secret@db.example.com/copy" },
    {
      host: "db.example.com",
      database: "copy",
      user: "dstream",
      password: "secret",
      sslmode: "verify-full",
      delete: "soft",
    },
  ],
  batch: (config) => batchOf(config),
  hold: (config) => holdOf(config),
  open: (config, context) =>
    SqlOutput.open(mysqlDialect(mysqlSettings(config)), config, context),
  lifecycle: sqlLifecycle((config: MysqlConfig) =>
    mysqlDialect(mysqlSettings(config))
  ),
});
