/**
 * What a table is, by the server's catalog.
 *
 * @module
 */

import type { Client } from "pg";
import type { TableFacts, TableName } from "../../sql/mod.ts";

const COLUMNS = `
  SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
    a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' AS is_required,
    a.attgenerated <> '' AS is_generated,
    array_position(i.indkey::int2[], a.attnum) AS key_place,
    EXISTS (SELECT FROM pg_constraint f
      WHERE f.confrelid = c.oid AND f.contype = 'f') AS is_referenced
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid
  LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
  WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0
    AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'f')
  ORDER BY a.attnum`;

interface ColumnRow {
  readonly name: string;
  readonly type: string;
  readonly is_required: boolean;
  readonly is_generated: boolean;
  readonly key_place: number | null;
  readonly is_referenced: boolean;
}

/** @returns `undefined` where there is no such table. */
export async function readFacts(
  client: Client,
  name: TableName,
): Promise<TableFacts | undefined> {
  const { rows } = await client.query<ColumnRow>(COLUMNS, [
    name.schema,
    name.table,
  ]);
  if (rows.length === 0) return undefined;
  const columns = rows.map((row) => ({
    name: row.name,
    type: row.type,
    isRequired: row.is_required,
    isGenerated: row.is_generated,
  }));
  return {
    name,
    columns: new Map(columns.map((column) => [column.name, column])),
    primaryKey: rows.filter(({ key_place }) => key_place !== null)
      .sort((a, b) => a.key_place! - b.key_place!).map(({ name }) => name),
    isReferenced: rows[0].is_referenced,
  };
}
