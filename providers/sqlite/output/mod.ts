/**
 * The `sqlite` output: changes as the tables of a SQLite file.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { ConfigError, defineOutput } from "@dstream/sdk";
import { batchOf, holdOf, sqlLifecycle, SqlOutput } from "../../sql/mod.ts";
import { check, config, type SqliteConfig } from "./config.ts";
import { sqliteDialect } from "./dialect.ts";

export default defineOutput({
  name: "sqlite",
  summary: "Keeps changes as the tables of a SQLite file",
  config,
  check,
  features: ["schema"],
  examples: [
    { path: "shop.db" },
    { path: "shop.db", table: "history", mode: "append_changes" },
  ],
  batch: (config) => batchOf(config),
  hold: (config) => holdOf(config),
  open: async (config, context) => {
    try {
      return await SqlOutput.open(sqliteDialect(config.path), config, context);
    } catch (error) {
      if (!(error instanceof Error) || !("errcode" in error)) throw error;
      throw new ConfigError(
        "path",
        `cannot open ${JSON.stringify(config.path)}: ${error.message}`,
      );
    }
  },
  lifecycle: sqlLifecycle(
    ({ path }: SqliteConfig) => sqliteDialect(path),
    // A plan makes no file.
    ({ path }) => sqliteDialect(existsSync(path) ? path : ":memory:"),
  ),
});
