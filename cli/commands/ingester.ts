/**
 * `dstream ingester`
 *
 * @module
 */

import type { Context } from "../context.ts";
import { serverCommand } from "./server_command.ts";

const HELP = `
Reads the changes of every table and puts each into the queue, with the topic it
is for. Several may run at once: they share the tables by their locks.`;

/** See docs/ingester.md. */
export function define(context: Context) {
  return serverCommand(
    "ingester",
    "Bring the changes of SQL Server to the ingest queue.",
    HELP,
    ["ingester"],
    context,
  );
}
