/**
 * What `dstream ingester` and `dstream router` run: the root blocks as tasks, their
 * connection string read as the SQL Server input reads it.
 *
 * @module
 */

import type { Configuration } from "../core/config/task.ts";
import { readServerTasks as read, type ServerTasks } from "./ingester/mod.ts";
import { readDatabase } from "./mssql/input/connection/connection_string.ts";

/** Nothing for a configuration without these blocks. */
export function readServerTasks(
  configuration: Configuration,
): Promise<ServerTasks> {
  return read(configuration, (text) => Promise.resolve(readDatabase(text)));
}
