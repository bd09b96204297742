/**
 * Which rows of a table are read, as the config says it in SQL.
 *
 * The publication has them, so that the server sends no others. It keeps them in its
 * own spelling, and only the server can say whether two spellings mean the same.
 *
 * @module
 */

import { ConfigError, FinalError } from "@dstream/sdk";
import type { Client } from "pg";
import { codeOf } from "../../connection/failure.ts";
import { quoteTable, shownName } from "../../names.ts";
import type { ServerFacts, SourceTable } from "./catalog.ts";
import type { TableChoice } from "./choose_tables.ts";
import {
  identityStatement,
  type PublicationState,
  readPublication,
  type RowFilters,
} from "./publication.ts";

/** The first version that has them. */
const FILTERS_VERSION = 150000;
/** Made and rolled back. */
const PROBE = "dstream_probe";
/** Not the owner; a standby. */
const NOT_ALLOWED = ["42501", "25006"];

/** @throws {ConfigError} Where the server has none. */
export function wantedFilters(
  choice: TableChoice,
  tables: readonly SourceTable[],
  { version }: ServerFacts,
): RowFilters {
  const wanted = tables.flatMap((table) => {
    const filter = choice.filterOf(table);
    return filter === undefined ? [] : [[table.oid, filter] as const];
  });
  if (wanted.length > 0 && version < FILTERS_VERSION) {
    throw new ConfigError(
      "row_filters",
      "the server has no row filters: they came with PostgreSQL 15",
    );
  }
  return new Map(wanted);
}

/**
 * Tables of the publication whose filter is another than the config's.
 *
 * @throws {ConfigError} For a condition that the server does not take.
 * @throws {FinalError} For one after which the application's updates would fail.
 */
export async function changedFilters(
  client: Client,
  state: PublicationState | undefined,
  tables: readonly SourceTable[],
  wanted: RowFilters,
): Promise<SourceTable[]> {
  const changed: SourceTable[] = [];
  for (const table of tables) {
    const filter = wanted.get(table.oid);
    if (filter === undefined) continue;
    const probed = await probe(client, table, filter);
    if (probed === undefined) continue;
    const isThere = state?.tables.has(table.oid) === true;
    const spelt = probed.filters.get(table.oid);
    if (isThere && spelt === state.filters.get(table.oid)) continue;
    refuseOutsideIdentity(table, probed);
    if (isThere) changed.push(table);
  }
  return changed;
}

function refuseOutsideIdentity(
  table: SourceTable,
  { columnsOutsideIdentity }: PublicationState,
): void {
  const outside = columnsOutsideIdentity.get(table.oid);
  if (outside === undefined) return;
  const name = shownName(table);
  throw new FinalError(
    "postgres.replica_identity",
    `the condition for ${name} names ${
      outside.join(", ")
    }, which the replica ` +
      "identity lacks; once published, every UPDATE and DELETE there would fail",
    { key: "row_filters", hint: identityStatement(table) },
  );
}

/**
 * What the server would make of a condition.
 *
 * @returns `undefined` where only the owner of the table may know.
 */
async function probe(
  client: Client,
  table: SourceTable,
  filter: string,
): Promise<PublicationState | undefined> {
  await client.query("BEGIN");
  try {
    await client.query(
      `CREATE PUBLICATION ${PROBE} FOR TABLE ${quoteTable(table)} ` +
        `WHERE (${filter})`,
    );
    return await readPublication(client, PROBE);
  } catch (error) {
    if (NOT_ALLOWED.includes(codeOf(error) ?? "")) return undefined;
    throw filterFailure(table, error);
  } finally {
    await client.query("ROLLBACK");
  }
}

function filterFailure(table: SourceTable, error: unknown): unknown {
  // Syntax, unknown columns and functions, what a publication's filter can't have.
  if (!/^(42|0A|22)/.test(codeOf(error) ?? "")) return error;
  return new ConfigError(
    "row_filters",
    `the condition for ${shownName(table)} is not accepted: ${
      (error as Error).message
    }`,
  );
}
