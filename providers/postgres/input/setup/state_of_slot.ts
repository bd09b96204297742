/**
 * Where a run begins: what the slot says, held against what was remembered.
 *
 * @module
 */

import { FinalError } from "@dstream/sdk";
import type { Lsn } from "../lsn.ts";
import type { SnapshotState } from "../snapshot/snapshot_state.ts";
import type { PostgresConfig } from "../config.ts";
import { lossOf, type SlotState } from "./slot.ts";

/** How a run begins. */
export type Beginning =
  /** There is no slot yet, and nothing was read. */
  | { readonly kind: "first" }
  /** The slot knows how far changes were read. */
  | { readonly kind: "go_on"; readonly confirmed: Lsn }
  /** Changes are missing: a new slot is needed. */
  | { readonly kind: "gap"; readonly hasSlot: boolean; readonly why: string };

/** @param state What the task remembers; `undefined` for its first run. */
export function beginningOf(
  slot: SlotState | undefined,
  state: SnapshotState | undefined,
  name: string,
): Beginning {
  if (slot === undefined) {
    if (state === undefined) return { kind: "first" };
    const why = `slot "${name}" is gone: somebody has dropped it, or this is ` +
      "another server (a standby that took over)";
    return { kind: "gap", hasSlot: false, why };
  }
  if (slot.confirmed === undefined || slot.walStatus === "lost") {
    const why = `slot "${name}" is lost: ${lossOf(slot)}`;
    return { kind: "gap", hasSlot: true, why };
  }
  return { kind: "go_on", confirmed: slot.confirmed };
}

/** What is done about a gap. */
export function gapAnswer(
  { onGap, snapshot }: PostgresConfig,
): "fail" | "snapshot" | "continue" {
  return onGap === "fail" && snapshot === "when_needed" ? "snapshot" : onGap;
}

/** @throws {FinalError} For a gap that must not be passed over. */
export function failAtGap(why: string): never {
  throw new FinalError("postgres.slot_lost", `${why}; changes may be missing`, {
    key: "on_gap",
    hint: 'on_gap = "snapshot" reads all rows anew, "continue" goes on ' +
      "behind the gap",
  });
}

/** A slot that is another plugin's or database's. */
export function refuseForeignSlot(
  slot: SlotState | undefined,
  name: string,
  database: string,
): void {
  if (slot === undefined) return;
  if (slot.plugin === "pgoutput" && slot.database === database) return;
  throw new FinalError(
    "postgres.slot_foreign",
    `slot "${name}" is for ${slot.plugin} in database "${slot.database}"`,
    { key: "slot", hint: "give this task a slot of its own" },
  );
}
