/**
 * `dstream server`
 *
 * @module
 */

import type { Context } from "../context.ts";
import { serverCommand } from "./server_command.ts";

const HELP = `
Runs what the commands ingester and router run; when one of them has failed
for good, the other is stopped and the process ends.`;

/** See docs/ingester.md. */
export function define(context: Context) {
  return serverCommand(
    "server",
    "Run ingester and router in one process.",
    HELP,
    ["ingester", "router"],
    context,
  );
}
