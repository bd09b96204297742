/**
 * All that is looked at before the first change is read.
 *
 * What a person must put right is told all at once, with the T-SQL that does it.
 *
 * @module
 */

import { ConfigError, DstreamError, type Logger } from "@dstream/sdk";
import {
  type Catalog,
  loadCatalog,
  type SourceTable,
} from "../tables/catalog.ts";
import type { MssqlConfig } from "../config.ts";
import type { Connections } from "./connections.ts";
import { isZeroLsn, ZERO_LSN } from "../offsets/lsn.ts";
import { askAll } from "../reading/poller.ts";
import {
  readServerFacts,
  type ServerFacts,
  serverProblem,
  type SetupProblem,
} from "./server_facts.ts";
import type { Session } from "./session.ts";
import { SqlError } from "./sql_error.ts";
import {
  createOffsets,
  jobs,
  MAX_POLLED_TABLES,
  type OffsetsTable,
} from "../statements/mod.ts";
import { prepareOffsets } from "../offsets/offsets_table.ts";
import { chooseTables, withoutMinimum } from "../tables/table_checks.ts";
import { splitTableName } from "../tables/table_names.ts";

/** What was found. */
export interface Setup {
  readonly facts: ServerFacts;
  readonly catalog: Catalog;
  readonly tables: readonly SourceTable[];
}

/** @throws {ConfigError} naming every problem and its remedy. */
export async function inspect(
  config: MssqlConfig,
  connections: Connections,
  signal: AbortSignal,
): Promise<Setup> {
  const setup = await explained(
    () =>
      connections.asking.use(
        signal,
        (session) => {
          const { isReadOnly } = connections;
          return inspectWith(session, { ...config, isReadOnly }, signal);
        },
      ),
  );
  if (setup.problems.length > 0) throw toConfigError(setup.problems);
  return setup;
}

/** As {@link inspect}, with the problems instead of an error. */
export async function inspectWith(
  session: Session,
  { isReadOnly, ...config }: MssqlConfig & { readonly isReadOnly: boolean },
  signal: AbortSignal,
): Promise<Setup & { readonly problems: readonly SetupProblem[] }> {
  const facts = await readServerFacts(session, signal);
  const problem = serverProblem(facts);
  if (problem !== undefined) throw toConfigError([problem]);
  if (!facts.isWritable && !isReadOnly) throw toConfigError([readOnly(facts)]);
  const catalog = await loadCatalog(session, signal);
  const { tables, problems } = chooseTables(config, catalog, facts);
  const hidden = await tablesWithoutMinimum(session, tables, signal);
  const all = [
    ...problems,
    ...hidden.map((table) => withoutMinimum(table, facts)),
  ];
  return { facts, catalog, tables, problems: all };
}

function readOnly({ databaseName }: ServerFacts): SetupProblem {
  return {
    key: "read_only",
    message:
      `the database ${databaseName} can only be read here, and offsets ` +
      "have to be written: read_only = true keeps them on the primary",
  };
}

/**
 * Makes the table of offsets where it is missing or upstream's.
 *
 * @throws {ConfigError} with the T-SQL for somebody who may, where this login mayn't.
 */
export async function makeOffsets(
  connections: Connections,
  table: OffsetsTable,
  signal: AbortSignal,
): Promise<void> {
  await connections.writing.use(signal, async (session) => {
    try {
      await prepareOffsets(session, table, signal);
    } catch (error) {
      const isForbidden = error instanceof SqlError &&
        error.kind === "permission";
      if (!isForbidden) throw error;
      throw toConfigError([{
        key: "offsets_table",
        message: `the table of offsets can't be made: ${error.message}`,
        remedy: createOffsets(table).sql.replace(/^.*\n|\s+/g, " ").trim(),
      }]);
    }
  });
}

async function tablesWithoutMinimum(
  session: Session,
  tables: readonly SourceTable[],
  signal: AbortSignal,
): Promise<SourceTable[]> {
  const hidden: SourceTable[] = [];
  for (let at = 0; at < tables.length; at += MAX_POLLED_TABLES) {
    const some = tables.slice(at, at + MAX_POLLED_TABLES);
    const polled = some.map(({ instances: [oldest] }) => ({
      captureInstance: oldest.name,
      changeTable: oldest.changeTable,
      // Nothing is above it: the index is hardly touched.
      afterLsn: HIGHEST_LSN,
    }));
    const answers = await askAll(session, polled, signal);
    hidden.push(...some.filter((_, i) => isZeroLsn(answers[i].minLsn)));
  }
  return hidden;
}

const HIGHEST_LSN = ZERO_LSN.map(() => 0xff);

/** One error for all problems: the first names the key, each its T-SQL. */
export function toConfigError(problems: readonly SetupProblem[]): ConfigError {
  const text = problems.map(({ message }) => message).join("; ");
  const remedies = problems.flatMap(({ remedy }) => remedy ?? []);
  const hint = remedies.length === 0
    ? undefined
    : `run: ${[...new Set(remedies)].join(" ")}`;
  return new ConfigError(problems[0].key, text, hint);
}

/** Errors of the server become ones that say what to look at. */
async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    if (error.kind !== "permission") throw error;
    throw new ConfigError("db_connection_string", error.message);
  }
}

/** The parts of `offsets_table`. */
export function offsetsTableOf({ offsetsTable }: MssqlConfig): OffsetsTable {
  const parts = splitTableName(offsetsTable);
  const tableName = parts?.at(-1);
  if (parts === undefined || tableName === undefined || parts.length > 2) {
    throw new DstreamError(
      "config.value_invalid",
      "offsets_table is no table's name",
      {},
    );
  }
  const [schemaName] = parts;
  return parts.length === 2 ? { schemaName, tableName } : { tableName };
}

/** What the jobs query says, for a warning; empty where it says nothing. */
export async function describeJobs(
  connections: Connections,
  signal: AbortSignal,
): Promise<string> {
  const [rows] = await connections.asking.use(
    signal,
    (session) => session.run(jobs(), { signal }),
  );
  return rows.map((row) => {
    const state = row.is_enabled === 1 ? "enabled" : "disabled";
    const runs = row.is_running === 1 ? "running" : "not running";
    return `the ${row.job_type} job is ${state} and ${runs}`;
  }).join(", ");
}

/** What is no error, but should be known. */
export function warnOf(
  { facts, tables }: Setup,
  config: MssqlConfig,
  log: Logger,
): void {
  const isSnapshot = config.snapshot !== "never" ||
    config.onGap === "snapshot";
  if (isSnapshot && !facts.isSnapshotIsolationOn) {
    log.info(
      "snapshot isolation is off: snapshots read committed rows and may wait " +
        `for writers (ALTER DATABASE [${facts.databaseName}] SET ` +
        "ALLOW_SNAPSHOT_ISOLATION ON)",
    );
  }
  log.info(
    `reading ${countOf(tables)} of ${facts.databaseName} on ` +
      facts.serverName,
  );
}

/** "1 table", "2 tables" */
export function countOf(tables: readonly SourceTable[]): string {
  return tables.length === 1 ? "1 table" : `${tables.length} tables`;
}
