/**
 * The publication: which tables' changes the server sends.
 *
 * @module
 */

import type { Client } from "pg";
import { FinalError } from "@dstream/sdk";
import { quoteIdentifier, quoteTable, shownName } from "../../names.ts";
import type { SourceTable } from "./catalog.ts";

/** By the OID of a table: the condition that its rows must meet, as SQL. */
export type RowFilters = ReadonlyMap<number, string>;

/** A publication as it is. */
export interface PublicationState {
  readonly isForAllTables: boolean;
  /** Partitions are told as their root. */
  readonly viaRoot: boolean;
  readonly operations: string;
  /** OIDs of the tables in it. */
  readonly tables: ReadonlySet<number>;
  /** Of tables of which some rows are published alone: which, as SQL. */
  readonly filters: RowFilters;
  /**
   * Columns that a filter names and the replica identity lacks: the application's
   * own updates and deletes fail.
   */
  readonly columnsOutsideIdentity: ReadonlyMap<number, readonly string[]>;
}

const PUBLICATION = `
  SELECT p.puballtables AS "isForAllTables", p.pubviaroot AS "viaRoot",
    concat_ws(', ', CASE WHEN pubinsert THEN 'insert' END,
      CASE WHEN pubupdate THEN 'update' END,
      CASE WHEN pubdelete THEN 'delete' END,
      CASE WHEN pubtruncate THEN 'truncate' END) AS operations,
    (SELECT coalesce(json_agg(json_build_object(
        'oid', format('%I.%I', t.schemaname, t.tablename)::regclass::oid::int8,
        'filter', to_jsonb(t) ->> 'rowfilter')), '[]') -- PostgreSQL 15 and later
      FROM pg_publication_tables t WHERE t.pubname = p.pubname) AS found,
    (SELECT coalesce(json_object_agg(outside.table, outside.names), '{}') FROM (
      SELECT r.prrelid::int8 AS table, json_agg(a.attname) AS names
      FROM pg_publication_rel r JOIN pg_class c ON c.oid = r.prrelid
        JOIN pg_depend d ON d.classid = 'pg_publication_rel'::regclass
          AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
          AND d.refobjid = r.prrelid AND d.refobjsubid > 0
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid
      WHERE r.prpubid = p.oid AND to_jsonb(r) ->> 'prqual' IS NOT NULL
        AND (p.pubupdate OR p.pubdelete) AND c.relreplident <> 'f'
        AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid
          AND CASE c.relreplident WHEN 'd' THEN i.indisprimary
            WHEN 'i' THEN i.indisreplident ELSE false END
          AND a.attnum = ANY (i.indkey))
      GROUP BY r.prrelid) outside) AS outside
  FROM pg_publication p WHERE p.pubname = $1`;

/** @returns `undefined` when there is none of that name. */
export async function readPublication(
  client: Client,
  name: string,
): Promise<PublicationState | undefined> {
  const { rows: [row] } = await client.query(PUBLICATION, [name]);
  if (row === undefined) return undefined;
  const { found, outside, ...state } = row;
  const tables = new Set<number>();
  const filters = new Map<number, string>();
  for (const { oid, filter } of found) {
    tables.add(oid);
    if (filter !== null) filters.set(oid, filter);
  }
  const columnsOutsideIdentity = new Map(
    Object.entries(outside).map(([oid, names]) => [Number(oid), names]),
  );
  return { ...state, tables, filters, columnsOutsideIdentity };
}

/** A table whose updates would fail once it is published. */
export function lacksIdentity(table: SourceTable): boolean {
  return table.identity === "n" ||
    (table.identity === "d" && !table.hasPrimaryKey);
}

/** The statement that makes the publication. */
export function createStatement(
  name: string,
  tables: readonly SourceTable[],
  wanted: RowFilters,
): string {
  return `CREATE PUBLICATION ${quoteIdentifier(name)} FOR TABLE ` +
    `${tablesWith(tables, wanted)} ` +
    "WITH (publish_via_partition_root = true)";
}

function tablesWith(
  tables: readonly SourceTable[],
  wanted: RowFilters,
): string {
  return tables.map((table) => {
    const filter = wanted.get(table.oid);
    return quoteTable(table) +
      (filter === undefined ? "" : ` WHERE (${filter})`);
  }).join(", ");
}

/** The statement that adds what is missing. */
export function addStatement(
  name: string,
  tables: readonly SourceTable[],
  wanted: RowFilters,
): string {
  return `ALTER PUBLICATION ${quoteIdentifier(name)} ADD TABLE ` +
    tablesWith(tables, wanted);
}

/** One transaction: no change comes between. */
function replaceStatement(
  name: string,
  tables: readonly SourceTable[],
  wanted: RowFilters,
): string {
  return `ALTER PUBLICATION ${quoteIdentifier(name)} DROP TABLE ` +
    `${tables.map(quoteTable).join(", ")}; ` +
    addStatement(name, tables, wanted);
}

/** The statements after which the table can be published. */
export function identityStatement(table: SourceTable): string {
  return `ALTER TABLE ${quoteTable(table)} REPLICA IDENTITY FULL`;
}

/** What stands between the publication and the tables. */
export interface PublicationPlan {
  /** To be run, in order; empty when all is well. */
  readonly statements: readonly string[];
  readonly missing: readonly SourceTable[];
}

/** What the config says of rows. */
export interface FilterPlan {
  readonly wanted: RowFilters;
  /** Tables whose rows are chosen otherwise as yet. */
  readonly changed: readonly SourceTable[];
}

/**
 * @throws {FinalError} For a publication that can't serve as it is, or tables whose
 * updates would fail in the application.
 */
export function planPublication(
  name: string,
  state: PublicationState | undefined,
  tables: readonly SourceTable[],
  { wanted, changed }: FilterPlan,
): PublicationPlan {
  const missing = state === undefined || !state.isForAllTables
    ? tables.filter(({ oid }) => state?.tables.has(oid) !== true)
    : [];
  refuseWithoutIdentity(missing);
  if (state === undefined) {
    return { statements: [createStatement(name, tables, wanted)], missing };
  }
  refusePartitions(name, state, tables);
  refuseForAllTables(name, state, wanted);
  const statements = [
    ...(missing.length > 0 ? [addStatement(name, missing, wanted)] : []),
    ...(changed.length > 0 ? [replaceStatement(name, changed, wanted)] : []),
  ];
  return { statements, missing };
}

function refuseForAllTables(
  name: string,
  { isForAllTables }: PublicationState,
  wanted: RowFilters,
): void {
  if (!isForAllTables || wanted.size === 0) return;
  throw new FinalError(
    "postgres.publication",
    `publication "${name}" is for all tables, and such a one has no row filters`,
    { key: "row_filters", hint: "name another publication" },
  );
}

function refuseWithoutIdentity(tables: readonly SourceTable[]): void {
  const lacking = tables.filter(lacksIdentity);
  if (lacking.length === 0) return;
  throw new FinalError(
    "postgres.replica_identity",
    `${lacking.map(shownName).join(", ")}: no primary key and no replica ` +
      "identity; once published, every UPDATE and DELETE there would fail",
    {
      key: "tables",
      hint: `add a primary key, or ${
        lacking.map(identityStatement).join("; ")
      }`,
    },
  );
}

function refusePartitions(
  name: string,
  { viaRoot }: PublicationState,
  tables: readonly SourceTable[],
): void {
  const partitioned = tables.find(({ isPartitioned }) => isPartitioned);
  if (viaRoot || partitioned === undefined) return;
  throw new FinalError(
    "postgres.publication",
    `publication "${name}" tells the rows of ${shownName(partitioned)} as ` +
      "those of its partitions",
    {
      key: "publication",
      hint: `ALTER PUBLICATION ${quoteIdentifier(name)} ` +
        "SET (publish_via_partition_root = true)",
    },
  );
}
