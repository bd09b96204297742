/**
 * Writes into the log now and then, so that the slot of a quiet database moves.
 *
 * The message is transactional: it needs no table and no publication, and comes by
 * the stream like any change.
 *
 * @module
 */

import type { InputContext } from "@dstream/sdk";
import type { CatalogConnection } from "../setup/catalog_connection.ts";

/** The prefix of the message. */
export const HEARTBEAT = "dstream.heartbeat";
const BEAT = `SELECT pg_logical_emit_message(true, '${HEARTBEAT}', '')`;

/** @param intervalMs 0: never. */
export function startHeartbeat(
  intervalMs: number,
  catalog: CatalogConnection,
  { signal, log }: InputContext,
): Disposable {
  if (intervalMs === 0) return { [Symbol.dispose]() {} };
  let isBeating = false;
  const timer = setInterval(async () => {
    if (isBeating) return;
    isBeating = true;
    try {
      await catalog.ask(signal, (client) => client.query(BEAT));
    } catch (error) {
      log.debug("the heartbeat failed", { reason: (error as Error).message });
    } finally {
      isBeating = false;
    }
  }, intervalMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
