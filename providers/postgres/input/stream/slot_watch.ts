/**
 * Looks at the slot now and then: numbers for the metrics, and a warning before the
 * server drops it.
 *
 * @module
 */

import type { InputContext } from "@dstream/sdk";
import type { CatalogConnection } from "../setup/catalog_connection.ts";
import { lossOf, readSlot, type SlotState } from "../setup/slot.ts";

const INTERVAL_MS = 10_000;

/** What is watched. */
export interface SlotWatchOptions {
  readonly slot: string;
  readonly catalog: CatalogConnection;
  /** How old what is under way is; 0: nothing is. */
  readonly lagSeconds: () => number;
}

/** Looks at once and then every ten seconds. */
export function watchSlot(
  { slot, catalog, lagSeconds }: SlotWatchOptions,
  { signal, log, gauges }: InputContext,
): Disposable {
  let isAsking = false;
  let saidStatus = "reserved";
  const look = async () => {
    if (isAsking) return;
    isAsking = true;
    try {
      const state = await catalog.ask(signal, (c) => readSlot(c, slot));
      if (state === undefined) return;
      gauges(gaugesOf(state, lagSeconds()));
      const status = state.walStatus ?? "reserved";
      if (status !== saidStatus && status !== "reserved") {
        log.warn(warningOf(state) ?? "", { slot });
      }
      saidStatus = status;
    } catch (error) {
      log.debug("the slot is not known", { reason: (error as Error).message });
    } finally {
      isAsking = false;
    }
  };
  look();
  const timer = setInterval(look, INTERVAL_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

function gaugesOf(slot: SlotState, lagSeconds: number) {
  return {
    lag: slot.lagBytes,
    lag_seconds: lagSeconds,
    retained_bytes: slot.retainedBytes,
    ...(slot.safeBytes !== null && { bytes_until_lost: slot.safeBytes }),
  };
}

/** What to say of a slot that isn't well. */
export function warningOf(slot: SlotState): string | undefined {
  if (slot.confirmed === undefined || slot.walStatus === "lost") {
    return `the slot is lost: ${lossOf(slot)}; on_gap says what the next run ` +
      "does";
  }
  if (slot.walStatus === "extended" || slot.walStatus === "unreserved") {
    return `the server keeps ${slot.retainedBytes} bytes of log for the slot ` +
      "and may drop it soon: run the task, or raise max_slot_wal_keep_size";
  }
}
