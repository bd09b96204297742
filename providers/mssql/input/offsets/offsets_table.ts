/**
 * The table that keeps how far was read: upstream's, with columns of ours.
 *
 * @module
 */

import { type Position, positionOf } from "./position.ts";
import type { Row, Session } from "../connection/session.ts";
import { SqlError } from "../connection/sql_error.ts";
import { quotePath } from "../statements/sql_text.ts";
import * as statements from "../statements/mod.ts";
import type { OffsetsTable } from "../statements/mod.ts";

/** A row as it is stored. */
export interface StoredOffset {
  readonly key: string;
  readonly position: Position;
  readonly generation: bigint;
  readonly owner: string | null;
  /** JSON while a snapshot is under way. */
  readonly snapshot: string | null;
  readonly updatedAt: string | null;
}

/** What the table is like. */
export type OffsetsState =
  | { readonly kind: "missing" }
  | { readonly kind: "whole" }
  | { readonly kind: "upstreams"; readonly missingColumns: readonly string[] };

const CREATED_MEANWHILE = 2714;
const EXTENDED_MEANWHILE = 2705;
const UPSTREAMS_COLUMNS = ["table_name", "last_lsn", "updated_at"];

/** Looks at the table's columns; changes nothing. */
export async function inspectOffsets(
  session: Session,
  table: OffsetsTable,
  signal: AbortSignal,
): Promise<OffsetsState> {
  const [rows] = await session.run(statements.offsetsColumns(table), {
    signal,
  });
  const names = rows.map(({ name }) => String(name).toLowerCase());
  if (names.length === 0) return { kind: "missing" };
  const foreign = UPSTREAMS_COLUMNS.find((name) => !names.includes(name));
  if (foreign !== undefined) {
    throw new SqlError(
      `${nameOf(table)} has no column ${foreign}: it is no table of offsets`,
      "refused",
      undefined,
    );
  }
  const ours = ["last_seq", ...Object.keys(statements.ADDED_COLUMNS)];
  const missingColumns = ours.filter((name) => !names.includes(name));
  return missingColumns.length === 0
    ? { kind: "whole" }
    : { kind: "upstreams", missingColumns };
}

/** Makes the table, or adds what upstream's lacks. */
export async function prepareOffsets(
  session: Session,
  table: OffsetsTable,
  signal: AbortSignal,
): Promise<void> {
  const state = await inspectOffsets(session, table, signal);
  if (state.kind === "whole") return;
  const [statement, meanwhile] = state.kind === "missing"
    ? [statements.createOffsets(table), CREATED_MEANWHILE]
    : [
      statements.extendOffsets(table, state.missingColumns),
      EXTENDED_MEANWHILE,
    ];
  try {
    await session.run(statement, { signal });
  } catch (error) {
    const isDone = error instanceof SqlError && error.number === meanwhile;
    if (!isDone) throw error;
    // Another instance was faster, perhaps with some of it.
    await prepareOffsets(session, table, signal);
  }
}

/** Every row, by key in lower case. */
export async function readOffsets(
  session: Session,
  table: OffsetsTable,
  signal: AbortSignal,
  missingColumns: readonly string[] = [],
): Promise<Map<string, StoredOffset>> {
  const statement = statements.readOffsets(table, missingColumns);
  const [rows] = await session.run(statement, { signal });
  return new Map(
    rows.map(toOffset).map((each) => [each.key.toLowerCase(), each]),
  );
}

/** @returns The row as it is now, or nothing when another owner has it. */
export async function takeOffset(
  session: Session,
  table: OffsetsTable,
  key: string,
  owner: string | null,
  signal: AbortSignal,
): Promise<StoredOffset | undefined> {
  const statement = statements.takeOffset(table, key, owner);
  const [rows] = await session.run(statement, { signal });
  return rows.length === 0 ? undefined : toOffset(rows[0]);
}

function toOffset(row: Row): StoredOffset {
  return {
    key: row.table_name as string,
    position: positionOf({
      last_lsn: row.last_lsn as Uint8Array | null,
      last_seq: row.last_seq as Uint8Array | null,
      last_command: row.last_command as number | null,
      last_operation: row.last_operation as number | null,
    }),
    generation: BigInt((row.generation ?? 0) as string | number),
    owner: row.owner as string | null,
    snapshot: row.snapshot as string | null,
    updatedAt: row.updated_at as string | null,
  };
}

/** For messages and T-SQL a person may run: `[cdc_offsets]`. */
export function nameOf({ schemaName, tableName }: OffsetsTable): string {
  return quotePath(schemaName, tableName);
}
