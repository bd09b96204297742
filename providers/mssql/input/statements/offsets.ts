/**
 * The table in the source database that keeps how far was read.
 *
 * @module
 */

import { lsn } from "./locks.ts";
import {
  type Parameter,
  quoteName,
  quotePath,
  type Statement,
  statement,
} from "./sql_text.ts";

/** The offsets table as configured: "cdc_offsets" or "schema.table". */
export interface OffsetsTable {
  readonly schemaName?: string;
  readonly tableName: string;
}

/** What we added to upstream's columns, with their declarations. */
export const ADDED_COLUMNS: Readonly<Record<string, string>> = {
  last_command: "int NULL",
  last_operation: "int NULL",
  generation: "bigint NOT NULL DEFAULT 0",
  owner: "nvarchar(255) NULL",
  snapshot: "nvarchar(max) NULL",
};

function pathOf({ schemaName, tableName }: OffsetsTable): string {
  return quotePath(schemaName, tableName);
}

/**
 * The columns the offsets table has. Rows: `name` nvarchar; none when there is no
 * such table (or the user can't see it). Parameter: `table`, its quoted name.
 */
export function offsetsColumns(table: OffsetsTable): Statement {
  return statement(
    "offsets columns",
    `
SELECT c.name
FROM sys.columns AS c
WHERE c.object_id = OBJECT_ID(@table, N'U')
ORDER BY c.column_id`,
    [{ name: "table", type: "nvarchar(4000)", value: pathOf(table) }],
  );
}

/** Creates the offsets table. Fails with 2714 where somebody else just did. */
export function createOffsets(table: OffsetsTable): Statement {
  const added = Object.entries(ADDED_COLUMNS)
    .map(([name, type]) => `  ${quoteName(name)} ${type}`);
  return statement(
    "create offsets",
    `
CREATE TABLE ${pathOf(table)} (
  [table_name] nvarchar(255) NOT NULL PRIMARY KEY,
  [last_lsn] varbinary(10) NULL,
  [updated_at] datetime NULL DEFAULT GETDATE(),
  [last_seq] varbinary(10) NULL,
${added.join(",\n")}
)`,
  );
}

/**
 * Adds columns to upstream's table (also `last_seq`, which its oldest lacks).
 * Fails with 2705 where somebody else just did.
 */
export function extendOffsets(
  table: OffsetsTable,
  missing: readonly string[],
): Statement {
  const declared: Record<string, string> = {
    last_seq: "varbinary(10) NULL",
    ...ADDED_COLUMNS,
  };
  const columns = missing.map((name) => `${quoteName(name)} ${declared[name]}`);
  return statement(
    "extend offsets",
    `ALTER TABLE ${pathOf(table)} ADD ${columns.join(", ")}`,
  );
}

/**
 * All rows. `table_name` nvarchar, `last_lsn` varbinary(10), `last_seq`
 * varbinary(10), `updated_at` varchar(23) (style 121), `last_command` int,
 * `last_operation` int, `generation` bigint, `owner` nvarchar, `snapshot`
 * nvarchar(max); NULL for columns in `missing`. Ordered by table_name.
 */
export function readOffsets(
  table: OffsetsTable,
  missing: readonly string[] = [],
): Statement {
  const item = (name: string) =>
    missing.includes(name)
      ? `NULL AS ${quoteName(name)}`
      : `o.${quoteName(name)}`;
  return statement(
    "read offsets",
    `
SELECT o.[table_name], o.[last_lsn], ${item("last_seq")},
  CONVERT(varchar(23), o.[updated_at], 121) AS [updated_at],
  ${Object.keys(ADDED_COLUMNS).map(item).join(", ")}
FROM ${pathOf(table)} AS o
ORDER BY o.[table_name]`,
  );
}

/**
 * Takes a table's row when its lock is held: makes it, or raises its generation,
 * so that whoever read it before can't move it any more.
 * Without an owner only a row that nobody owns is taken, and stays so.
 *
 * Rows: as {@link readOffsets}, of the row as it is now; none when another owner
 * has it. Parameters: `key`, `owner`.
 *
 * HOLDLOCK, since two MERGEs may otherwise both find no row:
 * https://learn.microsoft.com/sql/t-sql/statements/merge-transact-sql
 */
export function takeOffset(
  table: OffsetsTable,
  key: string,
  owner: string | null,
): Statement {
  const result = Object.keys(ADDED_COLUMNS)
    .map((name) => `inserted.${quoteName(name)}`);
  return statement(
    "take offset",
    `
MERGE ${pathOf(table)} WITH (HOLDLOCK) AS o
USING (SELECT @key AS [table_name]) AS n ON o.[table_name] = n.[table_name]
WHEN MATCHED AND (o.[owner] IS NULL OR o.[owner] = @owner) THEN
  UPDATE SET [generation] = o.[generation] + 1, [owner] = @owner
WHEN NOT MATCHED BY TARGET THEN
  INSERT ([table_name], [last_lsn], [updated_at], [generation], [owner])
  VALUES (n.[table_name], 0x00000000000000000000, GETDATE(), 1, @owner)
OUTPUT inserted.[table_name], inserted.[last_lsn], inserted.[last_seq],
  CONVERT(varchar(23), inserted.[updated_at], 121) AS [updated_at],
  ${result.join(", ")};`,
    [
      { name: "key", type: "nvarchar(4000)", value: key },
      { name: "owner", type: "nvarchar(4000)", value: owner },
    ],
  );
}

/** What {@link moveOffsets} writes for one table. */
export interface NewOffset {
  readonly key: string;
  /** The generation that {@link takeOffset} returned. */
  readonly generation: bigint;
  readonly lsn: Uint8Array;
  /** These three are null together: the transaction is done. */
  readonly seqval: Uint8Array | null;
  readonly commandId: number | null;
  readonly operation: number | null;
  /** JSON while a snapshot is under way. */
  readonly snapshot: string | null;
}

/** No more rows than this in one {@link moveOffsets}: 7 parameters each. */
export const MAX_MOVED_OFFSETS = 200;

/**
 * Moves the offsets of all tables of a flush. Rows: `table_name` of each that was
 * moved; one that is missing has been taken by another reader since. Parameters:
 * `key0`, `generation0`, `lsn0`, `seqval0`, `command0`, `operation0`, `snapshot0`,
 * `key1`, ….
 */
export function moveOffsets(
  table: OffsetsTable,
  offsets: readonly NewOffset[],
): Statement {
  const rows = offsets.map((_, i) =>
    `(@key${i}, @generation${i}, @lsn${i}, @seqval${i}, @command${i}, @operation${i}, @snapshot${i})`
  );
  return statement(
    "move offsets",
    `
MERGE ${pathOf(table)} WITH (HOLDLOCK) AS o
USING (VALUES ${rows.join(",\n  ")}
) AS n ([table_name], [generation], [last_lsn], [last_seq], [last_command], [last_operation], [snapshot])
ON o.[table_name] = n.[table_name]
WHEN MATCHED AND o.[generation] = n.[generation] THEN
  UPDATE SET [last_lsn] = n.[last_lsn], [last_seq] = n.[last_seq],
    [last_command] = n.[last_command], [last_operation] = n.[last_operation],
    [snapshot] = n.[snapshot], [updated_at] = GETDATE()
OUTPUT inserted.[table_name];`,
    offsets.flatMap(offsetParameters),
  );
}

function offsetParameters(offset: NewOffset, i: number): Parameter[] {
  return [
    { name: `key${i}`, type: "nvarchar(4000)", value: offset.key },
    { name: `generation${i}`, type: "bigint", value: offset.generation },
    lsn(`lsn${i}`, offset.lsn),
    lsn(`seqval${i}`, offset.seqval),
    { name: `command${i}`, type: "int", value: offset.commandId },
    { name: `operation${i}`, type: "int", value: offset.operation },
    { name: `snapshot${i}`, type: "nvarchar(max)", value: offset.snapshot },
  ];
}
