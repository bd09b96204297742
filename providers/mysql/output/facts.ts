/**
 * What a table is, by the server's catalog.
 *
 * @module
 */

import type { Connection as Client, RowDataPacket } from "mysql2/promise";
import type { Column, TableFacts, TableName } from "../../sql/mod.ts";

const COLUMNS = `
  SELECT COLUMN_NAME AS name, LOWER(COLUMN_TYPE) AS type,
    IS_NULLABLE = 'NO' AND COLUMN_DEFAULT IS NULL
      AND EXTRA NOT LIKE '%auto_increment%' AS is_required,
    EXTRA LIKE '%GENERATED%' AND EXTRA NOT LIKE '%DEFAULT_GENERATED%'
      AS is_generated
  FROM information_schema.COLUMNS
  WHERE TABLE_SCHEMA = COALESCE(?, DATABASE()) AND TABLE_NAME = ?
  ORDER BY ORDINAL_POSITION`;

const KEYS = `
  SELECT INDEX_NAME AS name, COLUMN_NAME AS column_name
  FROM information_schema.STATISTICS
  WHERE TABLE_SCHEMA = COALESCE(?, DATABASE()) AND TABLE_NAME = ?
    AND NON_UNIQUE = 0
  ORDER BY INDEX_NAME, SEQ_IN_INDEX`;

const REFERENCES = `
  SELECT COUNT(*) AS count FROM information_schema.KEY_COLUMN_USAGE
  WHERE REFERENCED_TABLE_SCHEMA = COALESCE(?, DATABASE())
    AND REFERENCED_TABLE_NAME = ?`;

/** With what only MySQL has to know. */
export interface MysqlFacts extends TableFacts {
  /** Columns of each unique index, the primary key's among them. */
  readonly uniqueKeys: readonly (readonly string[])[];
}

/** @returns `undefined` where there is no such table. */
export async function readFacts(
  client: Client,
  name: TableName,
): Promise<MysqlFacts | undefined> {
  const named = [name.schema ?? null, name.table];
  const [rows] = await client.query<RowDataPacket[]>(COLUMNS, named);
  if (rows.length === 0) return undefined;
  const columns = rows.map((row): Column => ({
    name: String(row.name),
    type: String(row.type),
    isRequired: Number(row.is_required) === 1,
    isGenerated: Number(row.is_generated) === 1,
  }));
  const keys = await readKeys(client, named);
  const [[{ count }]] = await client.query<RowDataPacket[]>(REFERENCES, named);
  return {
    name,
    columns: new Map(columns.map((each) => [each.name.toLowerCase(), each])),
    primaryKey: keys.get("PRIMARY") ?? [],
    uniqueKeys: [...keys.values()],
    isReferenced: Number(count) > 0,
  };
}

async function readKeys(
  client: Client,
  named: (string | null)[],
): Promise<Map<string, string[]>> {
  const [rows] = await client.query<RowDataPacket[]>(KEYS, named);
  const keys = new Map<string, string[]>();
  for (const { name, column_name } of rows) {
    const columns = keys.get(name);
    if (columns === undefined) keys.set(name, [String(column_name)]);
    else columns.push(String(column_name));
  }
  return keys;
}
