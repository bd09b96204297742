/**
 * The `postgres` input: rows and changes of Postgres tables.
 *
 * @module
 */

import { defineInput } from "@dstream/sdk";
import { check, config } from "./config.ts";
import { lifecycle } from "./lifecycle.ts";

export default defineInput({
  name: "postgres",
  summary:
    "Reads the rows and changes of Postgres tables (logical replication)",
  config,
  check,
  features: ["ack", "state", "schema"],
  examples: [
    {
      connection_string: "postgres://dstream:secret@db.example.com/shop",
      tables: ["orders", "sales.*"],
    },
    {
      host: "db.example.com",
      database: "shop",
      user: "dstream",
      password: "secret",
      sslmode: "verify-full",
      tables: ["customers"],
      slot: "customers",
      columns: { customers: { exclude: ["photo"], mask: ["email"] } },
      heartbeat: "1m",
    },
  ],
  open: async (config, context) => {
    const { PostgresInput } = await import("./input.ts");
    return await PostgresInput.open(config, context);
  },
  lifecycle,
});
