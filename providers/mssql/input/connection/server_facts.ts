/**
 * What the server says of itself, and whether it can be read at all.
 *
 * @module
 */

import type { Row, Session } from "./session.ts";
import { serverState } from "../statements/mod.ts";

/** See {@link serverState}. */
export interface ServerFacts {
  readonly serverName: string;
  readonly databaseName: string;
  readonly majorVersion: number;
  /** Azure's databases and managed instances call themselves version 12. */
  readonly isAzure: boolean;
  readonly userName: string;
  readonly isCdcEnabled: boolean;
  readonly isSnapshotIsolationOn: boolean;
  readonly isWritable: boolean;
  /** Nothing where there is no schema cdc. */
  readonly maySelectCdc: boolean | undefined;
}

/** A thing that must be put right before anything can be read. */
export interface SetupProblem {
  /** The key of the config it concerns. */
  readonly key: string;
  readonly message: string;
  /** T-SQL that puts it right. */
  readonly remedy?: string;
}

/** The first that has `__$command_id` with its newest service pack. */
const OLDEST_VERSION = 13;

const AZURE_EDITIONS = new Set([5, 8]);

/** Reads them. */
export async function readServerFacts(
  session: Session,
  signal: AbortSignal,
): Promise<ServerFacts> {
  const [[row]] = await session.run(serverState(), { signal });
  return toFacts(row);
}

/** Makes facts of the row; pure. */
export function toFacts(row: Row): ServerFacts {
  const maySelect = row.may_select_cdc;
  return {
    serverName: row.server_name as string,
    databaseName: row.database_name as string,
    majorVersion: row.major_version as number,
    isAzure: AZURE_EDITIONS.has(row.engine_edition as number),
    userName: row.user_name as string,
    isCdcEnabled: row.is_cdc_enabled as boolean,
    isSnapshotIsolationOn: row.snapshot_isolation_state === 1,
    isWritable: row.updateability !== "READ_ONLY",
    maySelectCdc: maySelect === null ? undefined : maySelect === 1,
  };
}

/** Why nothing can be read, if so. */
export function serverProblem(facts: ServerFacts): SetupProblem | undefined {
  const key = "db_connection_string";
  const database = `[${facts.databaseName}]`;
  if (facts.majorVersion < OLDEST_VERSION && !facts.isAzure) {
    return {
      key,
      message: `SQL Server 2016 or later is needed, this is version ` +
        `${facts.majorVersion}`,
    };
  }
  if (!facts.isCdcEnabled) {
    return {
      key,
      message: `the database ${facts.databaseName} is not enabled for change ` +
        "data capture",
      remedy: `USE ${database}; EXEC sys.sp_cdc_enable_db;`,
    };
  }
  if (facts.maySelectCdc !== true) {
    return {
      key,
      message: `the user ${facts.userName} may not read the schema cdc of ` +
        facts.databaseName,
      remedy: `USE ${database}; GRANT SELECT ON SCHEMA::cdc TO ` +
        `[${facts.userName}];`,
    };
  }
}
