/**
 * The table the input keeps its offsets in: upstream's columns or ours.
 *
 * The model answers one statement at a time, so every MERGE is as if it held its
 * range lock.
 *
 * @module
 */

import type { SqlValue } from "../tds/column_type.ts";
import { SqlServerError } from "../tds/errors.ts";

/** Values by column. */
export type OffsetRow = Record<string, SqlValue>;

/** Columns with their types. */
const TYPES: Readonly<Record<string, string>> = {
  table_name: "nvarchar(255)",
  last_lsn: "varbinary(10)",
  updated_at: "datetime",
  last_seq: "varbinary(10)",
  last_command: "int",
  last_operation: "int",
  generation: "bigint",
  owner: "nvarchar(255)",
  snapshot: "nvarchar(max)",
};

/** What upstream creates. */
export const UPSTREAM_COLUMNS = [
  "table_name",
  "last_lsn",
  "updated_at",
  "last_seq",
] as const;

/** One offsets table. */
export class OffsetsTable {
  readonly columns: string[];
  readonly rows = new Map<string, OffsetRow>();

  constructor(columns: readonly string[]) {
    this.columns = [...columns];
  }

  /** @throws {SqlServerError} 2705 for a column that is there already. */
  addColumn(name: string): void {
    if (this.columns.includes(name)) {
      throw new SqlServerError({
        number: 2705,
        state: 4,
        message:
          `Column names in each table must be unique. Column name '${name}' in table is specified more than once.`,
      });
    }
    this.columns.push(name);
    for (const row of this.rows.values()) row[name] = defaultOf(name);
  }

  /** @throws {SqlServerError} 207 for a column that isn't there. */
  expectColumns(names: readonly string[]): void {
    const missing = names.find((name) => !this.columns.includes(name));
    if (missing === undefined) return;
    throw new SqlServerError({
      number: 207,
      message: `Invalid column name '${missing}'.`,
    });
  }

  /** A table's row; names are told apart as the collation does. */
  get(key: string): OffsetRow | undefined {
    return this.rows.get(key.toLowerCase());
  }

  sorted(): OffsetRow[] {
    return [...this.rows.entries()].sort(([a], [b]) => a < b ? -1 : 1)
      .map(([, row]) => row);
  }

  /** Also for tests, to put a row of upstream's there. */
  put(row: OffsetRow): void {
    const whole = Object.fromEntries(
      this.columns.map((name) => [name, row[name] ?? defaultOf(name)]),
    );
    this.rows.set(String(row.table_name).toLowerCase(), whole);
  }
}

/** The type of a column; NULL stands in for one that is missing. */
export function offsetColumnType(name: string): string {
  return TYPES[name];
}

function defaultOf(name: string): SqlValue {
  return name === "generation" ? 0n : null;
}
