/**
 * The replication slot: how it stands, and how it is made and dropped.
 *
 * @module
 */

import type { Client } from "pg";
import { type Lsn, parseLsn } from "../lsn.ts";
import { quoteIdentifier } from "../../names.ts";

/** How a slot stands. */
export interface SlotState {
  /** Absent: the server has removed log that the slot needs. */
  readonly confirmed: Lsn | undefined;
  /** reserved, extended, unreserved, lost; null before PostgreSQL 13. */
  readonly walStatus: string | null;
  readonly isActive: boolean;
  readonly plugin: string;
  readonly database: string;
  /** Log that the server keeps for it. */
  readonly retainedBytes: number;
  /** What it has not confirmed yet. */
  readonly lagBytes: number;
  /** How long ago the server wrote what was confirmed last; null: not known. */
  readonly lagSeconds: number | null;
  /** What can still be written before the slot is lost; null: no limit. */
  readonly safeBytes: number | null;
  /** Whether standbys keep it too; false before PostgreSQL 17. */
  readonly isFailover: boolean;
  /** Whether it is a standby's copy of another server's slot. */
  readonly isSynced: boolean;
  /** Why it is lost, as PostgreSQL 16 and later know: `rows_removed`. */
  readonly invalidation: string | null;
}

const SLOT = `
  SELECT confirmed_flush_lsn::text AS confirmed, wal_status AS "walStatus",
    active AS "isActive", plugin, database,
    coalesce(pg_wal_lsn_diff(now.lsn, restart_lsn), 0)::float8 AS "retainedBytes",
    coalesce(pg_wal_lsn_diff(now.lsn, confirmed_flush_lsn), 0)::float8 AS "lagBytes",
    (SELECT extract(epoch FROM flush_lag)::float8 FROM pg_stat_replication r
      WHERE r.pid = active_pid) AS "lagSeconds",
    safe_wal_size::float8 AS "safeBytes",
    coalesce((to_jsonb(s) ->> 'failover')::bool, false) AS "isFailover",
    coalesce((to_jsonb(s) ->> 'synced')::bool, false) AS "isSynced",
    coalesce(to_jsonb(s) ->> 'invalidation_reason',
      CASE WHEN (to_jsonb(s) ->> 'conflicting')::bool THEN 'rows_removed' END)
      AS invalidation
  FROM pg_replication_slots s,
    (SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
      ELSE pg_current_wal_lsn() END AS lsn) now
  WHERE slot_name = $1`;

/** @returns `undefined` when there is none of that name. */
export async function readSlot(
  client: Client,
  slot: string,
): Promise<SlotState | undefined> {
  const { rows: [row] } = await client.query(SLOT, [slot]);
  if (row === undefined) return undefined;
  const confirmed = row.confirmed === null
    ? undefined
    : parseLsn(row.confirmed);
  return { ...row, confirmed };
}

const REASONS: Readonly<Record<string, string>> = {
  rows_removed: "this standby had to remove rows it needed " +
    "(hot_standby_feedback and primary_slot_name prevent it)",
  wal_level_insufficient: "the primary's wal_level is no longer logical",
  idle_timeout: "nobody read it for so long (idle_replication_slot_timeout)",
};

/** Why the slot is lost. */
export function lossOf({ invalidation }: SlotState): string {
  return REASONS[invalidation ?? ""] ??
    "the server has removed log it needed (max_slot_wal_keep_size)";
}

/** Where a new slot begins, and the snapshot that belongs to it. */
export interface NewSlot {
  readonly start: Lsn;
  /** Can be taken over while the connection is left alone. */
  readonly snapshot: string;
}

/**
 * Makes a slot whose snapshot shows the database as it was where the slot begins.
 *
 * @param client A replication connection; whatever it does next ends the snapshot.
 */
export async function createSlot(
  client: Client,
  slot: string,
  isFailover: boolean,
): Promise<NewSlot> {
  // The older spelling is known to every version.
  const options = isFailover
    ? "(SNAPSHOT 'export', FAILOVER)"
    : "EXPORT_SNAPSHOT";
  const { rows: [row] } = await client.query(
    `CREATE_REPLICATION_SLOT ${
      quoteIdentifier(slot)
    } LOGICAL pgoutput ${options}`,
  );
  return {
    start: parseLsn(row.consistent_point),
    snapshot: row.snapshot_name,
  };
}

/** The log of the server is no longer kept for it. */
export async function dropSlot(client: Client, slot: string): Promise<void> {
  await client.query("SELECT pg_drop_replication_slot($1)", [slot]);
}

/** Makes standbys keep a slot that nobody reads. @param client As above. */
export async function makeFailover(
  client: Client,
  slot: string,
): Promise<void> {
  await client.query(failoverStatement(slot));
}

/** A command of the replication protocol, PostgreSQL 17 and later. */
export function failoverStatement(slot: string): string {
  return `ALTER_REPLICATION_SLOT ${quoteIdentifier(slot)} (FAILOVER true)`;
}
