/**
 * How far a table was read, and what that is in `cdc_offsets`.
 *
 * A row of upstream's has `last_lsn` and `last_seq` alone: it counted by seqval
 * within a transaction. Ours also says the command and the operation, or leaves
 * all three empty when the transaction is done.
 *
 * @module
 */

import { compareLsn, incrementLsn, isZeroLsn, toLsn, ZERO_LSN } from "./lsn.ts";
import type { NewOffset, ReadFrom } from "../statements/mod.ts";

/** See {@link ReadFrom}: after a transaction, or within one. */
export type Position = ReadFrom;

/** Nothing was read yet. */
export const BEGINNING: Position = { kind: "after", lsn: ZERO_LSN };

/** The columns of `cdc_offsets` that say a position. */
export interface StoredPosition {
  readonly last_lsn: Uint8Array | null;
  readonly last_seq: Uint8Array | null;
  readonly last_command: number | null;
  readonly last_operation: number | null;
}

/** @returns The position; {@link BEGINNING} for none or zero. */
export function positionOf(row: StoredPosition): Position {
  const lsn = toLsn(row.last_lsn);
  if (isZeroLsn(lsn)) return BEGINNING;
  if (row.last_seq === null) return { kind: "after", lsn };
  const seqval = toLsn(row.last_seq);
  if (row.last_command === null || row.last_operation === null) {
    return { kind: "within_seqval", lsn, seqval };
  }
  const { last_command: commandId, last_operation: operation } = row;
  return { kind: "within", lsn, commandId, seqval, operation };
}

/** The same the other way round; upstream's own form is never written. */
export function storedForm(
  position: Position,
): Pick<NewOffset, "lsn" | "seqval" | "commandId" | "operation"> {
  if (position.kind === "within") {
    const { lsn, seqval, commandId, operation } = position;
    return { lsn, seqval, commandId, operation };
  }
  const seqval = position.kind === "within_seqval" ? position.seqval : null;
  return { lsn: position.lsn, seqval, commandId: null, operation: null };
}

/** @returns Whether nothing was read yet. */
export function isBeginning(position: Position): boolean {
  return position.kind === "after" && isZeroLsn(position.lsn);
}

/**
 * Whether changes between the position and the oldest that is left may be gone.
 *
 * Within a transaction its rest is still needed, so the minimum may be its own
 * LSN at most. After one, the next possible LSN is the first that is needed.
 * Nothing is missed by who has read nothing.
 */
export function isGap(position: Position, minLsn: Uint8Array): boolean {
  if (isBeginning(position)) return false;
  const needed = position.kind === "after"
    ? incrementLsn(position.lsn)
    : position.lsn;
  return compareLsn(minLsn, needed) > 0;
}

/** @returns How a person reads it. */
export function describePosition(position: Position): string {
  const lsn = `0x${Array.from(position.lsn, toHex).join("")}`;
  if (position.kind === "after") return lsn;
  const seqval = `0x${Array.from(position.seqval, toHex).join("")}`;
  return position.kind === "within_seqval"
    ? `${lsn} up to sequence ${seqval}`
    : `${lsn} up to command ${position.commandId}`;
}

function toHex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
