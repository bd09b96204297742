/**
 * How far a snapshot has come, as it is kept in `cdc_offsets`.
 *
 * @module
 */

import { formatLsn, parseLsn } from "./lsn.ts";

/** A snapshot under way. */
export interface SnapshotState {
  /** Changes are read from here on, when it is done. */
  readonly lsn: Uint8Array;
  /** The last row's key as text; nothing before the first chunk. */
  readonly key: readonly string[] | undefined;
  /** Rows so far. */
  readonly rows: number;
}

/** @returns JSON. */
export function formatSnapshot({ lsn, key, rows }: SnapshotState): string {
  return JSON.stringify({ lsn: formatLsn(lsn), key, rows });
}

/** @returns Nothing for NULL and for what can't be read: then it begins anew. */
export function parseSnapshot(text: string | null): SnapshotState | undefined {
  if (text === null) return undefined;
  try {
    const { lsn, key, rows } = JSON.parse(text);
    const isKey = key === undefined ||
      Array.isArray(key) && key.every((part) => typeof part === "string");
    if (!isKey || !Number.isSafeInteger(rows)) return undefined;
    return { lsn: parseLsn(lsn), key, rows };
  } catch {
    return undefined;
  }
}
