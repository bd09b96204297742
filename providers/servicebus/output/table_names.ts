/**
 * What a table's queue or topic is called.
 *
 * The names are upstream's: `localhost-test-db-cars` for the queue of Cars in
 * TestDB, `server.db.Cars.events` for its topic; a schema other than dbo is part
 * of the table's name.
 *
 * @module
 */

import type { ConfigProblem } from "@dstream/sdk";

/** The keys that names are made from. */
export interface TableConfig {
  readonly tables: readonly string[] | undefined;
  readonly tableEntities: "queues" | "topics";
  readonly sourceHost: string | undefined;
  readonly sourceDatabase: string | undefined;
}

/** `dbo.Cars` → `cars`: how tables are told apart. */
export function tableKey(table: string): string {
  return withoutDbo(table).toLowerCase();
}

/** The entity of one table. */
export function entityName(config: TableConfig, table: string): string {
  const host = plainHost(config.sourceHost ?? "");
  const database = config.sourceDatabase ?? "";
  const name = config.tableEntities === "queues"
    ? [host, kebab(database), withoutDbo(table).toLowerCase()].join("-")
    : [host, database, withoutDbo(table), "events"].join(".");
  return name.replace(/[^A-Za-z0-9._-]+/g, "-");
}

/** Mistakes in these keys. */
export function* checkTables(config: TableConfig): Generator<ConfigProblem> {
  const { tables, sourceHost, sourceDatabase } = config;
  if (tables === undefined) return;
  if (sourceHost === undefined) yield missing("source_host");
  if (sourceDatabase === undefined) yield missing("source_database");
  const taken = new Map<string, string>();
  for (const [index, table] of tables.entries()) {
    const name = entityName(config, table).toLowerCase();
    const other = taken.get(name);
    if (other !== undefined) {
      yield {
        path: `config.tables[${index}]`,
        message: `tables ${JSON.stringify(other)} and ` +
          `${JSON.stringify(table)} would both be ${JSON.stringify(name)}`,
      };
    }
    taken.set(name, table);
  }
}

function missing(key: string): ConfigProblem {
  return {
    path: `config.${key}`,
    message: `${key} is required with tables`,
    hint: "it is part of the names of their queues or topics",
  };
}

function withoutDbo(table: string): string {
  return table.replace(/[[\]]/g, "").replace(/^dbo\./i, "");
}

/** `tcp:server,1433` and `server\instance` without what is no name. */
function plainHost(host: string): string {
  return host.replace(/^tcp:/i, "").replace(/,\d+$/, "").replaceAll("\\", "-");
}

/** `TestDB` → `test-db` */
function kebab(text: string): string {
  return text.replace(/([a-z0-9])([A-Z])/g, "$1-$2").replace(/_/g, "-")
    .toLowerCase();
}
