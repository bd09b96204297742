/**
 * What the server's catalog says of tables and types.
 *
 * @module
 */

import type { Client } from "pg";
import type { TableName } from "../../names.ts";
import type { PgType, TypeTable } from "../decode/types.ts";
import type { ShapeColumn } from "../decode/row_shape.ts";

/** A table that can be read: an ordinary one, or the root of a partitioned one. */
export interface SourceTable extends TableName {
  readonly oid: number;
  readonly isPartitioned: boolean;
  /** d default, n nothing, f full, i index. */
  readonly identity: string;
  readonly hasPrimaryKey: boolean;
  /** For progress; -1: nobody has counted. */
  readonly estimatedRows: number;
}

/** A table's columns and key, as they are now. */
export interface TableDetails {
  readonly columns: readonly ShapeColumn[];
  /** Names of the primary key's columns, in its order. */
  readonly key: readonly string[];
  readonly types: TypeTable;
}

const TABLES = `
  SELECT c.oid::int8::text AS oid, n.nspname AS schema, c.relname AS table,
    c.relkind = 'p' AS "isPartitioned", c.relreplident AS identity,
    EXISTS (SELECT FROM pg_index i
      WHERE i.indrelid = c.oid AND i.indisprimary) AS "hasPrimaryKey",
    c.reltuples::float8 AS "estimatedRows"
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND c.relpersistence = 'p'
    AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
  ORDER BY n.nspname, c.relname`;

/** Every table of the database that can be published. */
export async function listTables(client: Client): Promise<SourceTable[]> {
  const { rows } = await client.query(TABLES);
  return rows.map((row) => ({ ...row, oid: Number(row.oid) }));
}

const COLUMNS = `
  SELECT a.attname AS name, a.atttypid::int8::text AS "typeOid",
    a.atttypmod AS modifier, NOT a.attnotnull AS "isNullable",
    format_type(a.atttypid, a.atttypmod) AS native
  FROM pg_attribute a
  WHERE a.attrelid = $1::int8::oid AND a.attnum > 0 AND NOT a.attisdropped
    AND a.attgenerated = ''
  ORDER BY a.attnum`;

/** The primary key, or without one the index that is the replica identity. */
const KEY = `
  SELECT a.attname AS name
  FROM (SELECT i.* FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
      WHERE i.indrelid = $1::int8::oid
        AND (i.indisprimary OR (c.relreplident = 'i' AND i.indisreplident))
      ORDER BY i.indisprimary DESC LIMIT 1) i
    CROSS JOIN unnest(i.indkey) WITH ORDINALITY k(attnum, n)
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
  WHERE k.n <= i.indnkeyatts
  ORDER BY k.n`;

const TYPES = `
  WITH RECURSIVE wanted AS (
    SELECT t.* FROM pg_type t WHERE t.oid = ANY ($1::int8[]::oid[])
    UNION
    SELECT t.* FROM pg_type t JOIN wanted w ON t.oid IN (w.typbasetype, w.typelem)
  )
  SELECT oid::int8::text AS oid, typname AS name, typtype AS kind,
    typbasetype::int8::text AS "baseOid", typtypmod AS "baseModifier",
    CASE WHEN typcategory = 'A' AND typname NOT IN ('int2vector', 'oidvector')
      THEN typelem ELSE 0 END::int8::text AS "elementOid",
    typdelim AS delimiter
  FROM wanted`;

/**
 * @param oid Of a table.
 * @param typeOids Types that are wanted too: those of columns that are gone.
 */
export async function readTable(
  client: Client,
  oid: number,
  typeOids: readonly number[] = [],
): Promise<TableDetails> {
  const { rows } = await client.query(COLUMNS, [oid]);
  const columns = rows.map((row): ShapeColumn => ({
    ...row,
    typeOid: Number(row.typeOid),
    isIdentity: false,
  }));
  const key = await client.query(KEY, [oid]);
  const types = await readTypes(client, [
    ...columns.map(({ typeOid }) => typeOid),
    ...typeOids,
  ]);
  return { columns, key: key.rows.map(({ name }) => name), types };
}

/** The types, and those they are made of. */
async function readTypes(
  client: Client,
  oids: readonly number[],
): Promise<TypeTable> {
  const { rows } = await client.query(TYPES, [[...new Set(oids)]]);
  return new Map(rows.map((row): [number, PgType] => [Number(row.oid), {
    ...row,
    oid: Number(row.oid),
    baseOid: Number(row.baseOid),
    elementOid: Number(row.elementOid),
  }]));
}

/** Facts of the server that decide what can be done. */
export interface ServerFacts {
  /** 150018 */
  readonly version: number;
  readonly walLevel: string;
  readonly walSenderTimeoutMs: number;
  readonly isReplication: boolean;
  readonly isSuperuser: boolean;
  readonly isInRecovery: boolean;
  readonly database: string;
  readonly user: string;
  /**
   * Standbys that must have a change before it is sent (PostgreSQL 17 and later):
   * the slot there is never behind what was delivered. Empty: none.
   */
  readonly synchronizedStandbySlots: string;
}

const FACTS = `
  SELECT current_setting('server_version_num')::int AS version,
    current_setting('wal_level') AS "walLevel",
    (SELECT setting::int FROM pg_settings WHERE name = 'wal_sender_timeout')
      AS "walSenderTimeoutMs",
    rolreplication AS "isReplication", rolsuper AS "isSuperuser",
    pg_is_in_recovery() AS "isInRecovery",
    current_database() AS database, current_user AS user,
    coalesce(current_setting('synchronized_standby_slots', true), '')
      AS "synchronizedStandbySlots"
  FROM pg_roles WHERE rolname = current_user`;

/** Asks the server what it is. */
export async function readFacts(client: Client): Promise<ServerFacts> {
  const { rows } = await client.query(FACTS);
  return rows[0];
}
