/**
 * The `mssql` input: changes of SQL Server tables by change data capture.
 *
 * | question                                     | room          |
 * | -------------------------------------------- | ------------- |
 * | how is a server reached, and what is it?     | `connection/` |
 * | which tables and captures are read?          | `tables/`     |
 * | what is asked of the server, word for word?  | `statements/` |
 * | how are changes and rows read, and how fast? | `reading/`    |
 * | how does a row become an envelope's line?    | `encode/`     |
 * | how far was read, and where is that kept?    | `offsets/`    |
 * | who reads a table when several could?        | `locks/`      |
 *
 * @module
 */

import { defineInput } from "@dstream/sdk";
import { check, config, hasUpstreamForm, normalise } from "./config.ts";
import { MssqlInput } from "./input.ts";
import { lifecycle } from "./lifecycle.ts";

export default defineInput({
  name: "mssql",
  summary: "Reads the changes of SQL Server tables (change data capture)",
  logLabel: "MSSQL-CDC",
  config,
  check,
  features: ["ack", "schema"],
  uses: (config) => hasUpstreamForm(config) ? ["ack"] : ["ack", "schema"],
  examples: [
    {
      db_connection_string:
        "Server=db.example.com;Database=shop;User ID=dstream;Password=secret",
      tables: ["dbo.orders", "sales.*"],
    },
    {
      db_connection_string: "sqlserver://dstream:secret@db:1433?database=shop",
      tables: ["customers"],
      poll_interval: "5s",
      max_poll_interval: "5m",
      lock_config: { type: "sql" },
      snapshot: "initial",
    },
  ],
  open: (config, context) => MssqlInput.open(normalise(config), context),
  lifecycle,
});
