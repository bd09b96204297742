/**
 * What must be right before anything streams.
 *
 * @module
 */

import { ConfigError, FinalError } from "@dstream/sdk";
import type { Client } from "pg";
import { codeOf } from "../../connection/failure.ts";
import { quoteIdentifier } from "../../names.ts";
import type { PostgresConfig } from "../config.ts";
import {
  listTables,
  readFacts,
  type ServerFacts,
  type SourceTable,
} from "./catalog.ts";
import { changedFilters, wantedFilters } from "./row_filters.ts";
import { TableChoice } from "./choose_tables.ts";
import {
  planPublication,
  readPublication,
  type RowFilters,
} from "./publication.ts";

const FAILOVER_VERSION = 170000;
const READ_ONLY = "25006";
/** Standbys tell changes since then. */
const STANDBY_VERSION = 160000;

/** What was found. */
export interface Prepared {
  readonly facts: ServerFacts;
  readonly tables: readonly SourceTable[];
  readonly choice: TableChoice;
  /** The publication's: rows that are read meet them as those of the stream do. */
  readonly filters: RowFilters;
}

/** @throws {FinalError} What is missing, with the statement that helps. */
export async function prepare(
  client: Client,
  config: PostgresConfig,
): Promise<Prepared> {
  const facts = await readFacts(client);
  const choice = new TableChoice(config);
  const tables = choice.choose(await listTables(client));
  if (config.snapshot === "only") {
    const filters = wantedFilters(choice, tables, facts);
    return { facts, tables, choice, filters };
  }
  refuseServer(facts, config);
  const wanted = wantedFilters(choice, tables, facts);
  const filters = await ensurePublication(client, config, tables, wanted);
  return { facts, tables, choice, filters };
}

/** @throws {FinalError} For a server or user that can't replicate. */
export function refuseServer(
  facts: ServerFacts,
  { failover, heartbeat }: PostgresConfig,
): void {
  if (facts.isInRecovery) refuseStandby(facts, heartbeat);
  if (failover && facts.version < FAILOVER_VERSION) {
    throw new ConfigError(
      "failover",
      "the server can't keep slots on standbys: that came with PostgreSQL 17",
      "leave failover out",
    );
  }
  if (facts.walLevel !== "logical") {
    throw new FinalError(
      "postgres.wal_level",
      `the server's wal_level is "${facts.walLevel}"; changes need "logical"`,
      { hint: "ALTER SYSTEM SET wal_level = logical, then restart the server" },
    );
  }
  if (facts.isReplication || facts.isSuperuser) return;
  throw new FinalError(
    "postgres.rights",
    `"${facts.user}" may not read the change stream`,
    {
      key: "user",
      hint: `ALTER ROLE ${quoteIdentifier(facts.user)} REPLICATION`,
    },
  );
}

/** @throws {FinalError} For what a server that only follows another can't do. */
function refuseStandby(
  { version }: ServerFacts,
  heartbeat: number,
): void {
  if (version < STANDBY_VERSION) {
    throw new FinalError(
      "postgres.standby",
      "the server is a standby; reading changes there came with PostgreSQL 16",
      { key: "host", hint: "name the primary" },
    );
  }
  if (heartbeat > 0) {
    throw new ConfigError(
      "heartbeat",
      "the server is a standby, where no message can be written",
      "leave heartbeat out: what the primary writes moves the slot",
    );
  }
}

async function ensurePublication(
  client: Client,
  { publication, create }: PostgresConfig,
  tables: readonly SourceTable[],
  wanted: RowFilters,
): Promise<RowFilters> {
  const state = await readPublication(client, publication);
  const changed = await changedFilters(client, state, tables, wanted);
  const filters = { wanted, changed };
  const { statements } = planPublication(publication, state, tables, filters);
  if (statements.length === 0) return state?.filters ?? new Map();
  if (create) {
    await runStatements(client, statements);
    const made = await readPublication(client, publication);
    return made?.filters ?? new Map();
  }
  throw new FinalError(
    "postgres.publication",
    state === undefined
      ? `there is no publication "${publication}"`
      : `publication "${publication}" lacks some of the tables`,
    { key: "publication", hint: `dstream init, or ${statements.join("; ")}` },
  );
}

/** A condition that the server doesn't take is the config's mistake. */
function statementFailure(statement: string, error: unknown): unknown {
  const isAboutFilter = / WHERE \(/.test(statement) &&
    /^(42|0A|22)/.test(codeOf(error) ?? "");
  return isAboutFilter
    ? new ConfigError(
      "row_filters",
      `a condition is not accepted: ${(error as Error).message}`,
    )
    : error;
}

/** @throws {FinalError} For missing rights, with the statement that gives them. */
export async function runStatements(
  client: Client,
  statements: readonly string[],
): Promise<void> {
  for (const statement of statements) {
    try {
      await client.query(statement);
    } catch (error) {
      if (codeOf(error) === READ_ONLY) {
        throw new FinalError(
          "postgres.standby",
          `the server is a standby: ${(error as Error).message}`,
          { key: "host", hint: `let the primary run: ${statement}` },
        );
      }
      if (codeOf(error) !== "42501") throw statementFailure(statement, error);
      throw new FinalError(
        "postgres.rights",
        `not allowed: ${(error as Error).message}`,
        { key: "user", hint: `let an owner of the tables run: ${statement}` },
      );
    }
  }
}
