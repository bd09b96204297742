/**
 * The `postgres` output: changes as the tables of a Postgres database.
 *
 * @module
 */

import { defineOutput } from "@dstream/sdk";
import { batchOf, holdOf, sqlLifecycle, SqlOutput } from "../../sql/mod.ts";
import { connectionSettings } from "../connection/settings.ts";
import { check, config, type PostgresOutputConfig } from "./config.ts";
import { postgresDialect } from "./dialect.ts";

export default defineOutput({
  name: "postgres",
  summary: "Keeps changes as the tables of a Postgres database",
  config,
  check,
  features: ["schema"],
  examples: [
    { connection_string: "postgres://dstream:secret@db.example.com/copy" },
    {
      host: "db.example.com",
      database: "copy",
      user: "dstream",
      password: "secret",
      schema: "shop",
      delete: "soft",
      guard: "position",
    },
  ],
  batch: (config) => batchOf(config),
  hold: (config) => holdOf(config),
  open: (config, context) => {
    const dialect = postgresDialect(connectionSettings(config), config.schema);
    return SqlOutput.open(dialect, config, context);
  },
  lifecycle: sqlLifecycle((config: PostgresOutputConfig) =>
    postgresDialect(connectionSettings(config), config.schema)
  ),
});
