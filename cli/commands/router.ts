/**
 * `dstream router`
 *
 * @module
 */

import type { Context } from "../context.ts";
import { serverCommand } from "./server_command.ts";

const HELP = `
Takes each message of the queue to the topic it names, with all its properties;
it leaves the queue when the topic has it.`;

/** See docs/ingester.md. */
export function define(context: Context) {
  return serverCommand(
    "router",
    "Bring the ingest queue to the topics of the tables.",
    HELP,
    ["router"],
    context,
  );
}
