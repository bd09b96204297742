/**
 * The kind of locks the config asks for.
 *
 * @module
 */

import { ConfigError, type Logger } from "@dstream/sdk";
import type { MssqlConfig } from "../config.ts";
import type { Connections } from "../connection/connections.ts";
import { noLocks, type TableLocks } from "./table_lock.ts";

const HEARTBEAT_MS = 5000;
const ANSWER_MS = 10_000;

/** Opens them. */
export async function openLocks(
  { lockConfig }: MssqlConfig,
  connections: Connections,
  log: Logger,
  signal: AbortSignal,
): Promise<TableLocks> {
  switch (lockConfig.type) {
    case "none":
      return noLocks;
    case "sql": {
      const { SqlLocks } = await import("./sql_locks.ts");
      return new SqlLocks({
        open: (signal) => connections.openPrimary(signal),
        log,
        heartbeatMs: HEARTBEAT_MS,
        answerMs: ANSWER_MS,
      });
    }
    case "azure_blob":
    case "azure_blob_db": {
      const { BlobLocks } = await import("./blob_locks.ts");
      try {
        return await BlobLocks.open(lockConfig, log, signal);
      } catch (error) {
        signal.throwIfAborted();
        const { message } = error as Error;
        throw new ConfigError("lock_config", message.split("\n")[0]);
      }
    }
  }
}
