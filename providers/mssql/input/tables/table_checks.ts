/**
 * Which tables are read, and what keeps one from it: pure, over the catalog.
 *
 * @module
 */

import type { Catalog, SourceTable } from "./catalog.ts";
import { unknownColumns } from "../encode/row_encoder.ts";
import type { ServerFacts, SetupProblem } from "../connection/server_facts.ts";
import { quoteName, quotePath, quoteText } from "../statements/sql_text.ts";
import {
  matches,
  parseTablePattern,
  type TableName,
  type TablePattern,
} from "./table_names.ts";
import type { MssqlConfig } from "../config.ts";
import { choiceOf } from "./table_profile.ts";

/** The tables the config means, and what is wrong with it. */
export interface ChosenTables {
  readonly tables: readonly SourceTable[];
  readonly problems: readonly SetupProblem[];
}

/** Finds the tables of all names and patterns, each once. */
export function chooseTables(
  config: MssqlConfig,
  catalog: Catalog,
  facts: ServerFacts,
): ChosenTables {
  const problems: SetupProblem[] = [];
  const chosen = new Set<SourceTable>();
  for (const [i, text] of config.tables.entries()) {
    const pattern = parseTablePattern(text)!;
    const key = `tables[${i}]`;
    const found = catalog.tables.filter((table) => matches(pattern, table));
    const captured = found.filter(({ instances }) => instances.length > 0);
    for (const table of captured) chosen.add(table);
    if (captured.length > 0) continue;
    problems.push(
      found.length > 0 && !pattern.isPattern
        ? notCaptured(key, found[0], facts)
        : notFound(key, pattern, catalog, facts),
    );
  }
  const tables = [...chosen];
  problems.push(
    ...tables.flatMap((table) => [...checkTable(table, config, facts)]),
  );
  return { tables, problems };
}

function notCaptured(
  key: string,
  table: SourceTable,
  facts: ServerFacts,
): SetupProblem {
  return {
    key,
    message: `the table ${fullName(table)} is not enabled for change data ` +
      "capture",
    remedy: `USE ${quoteName(facts.databaseName)}; EXEC ` +
      `sys.sp_cdc_enable_table @source_schema = ${
        quoteText(table.schemaName)
      }, @source_name = ${quoteText(table.tableName)}, @role_name = NULL;`,
  };
}

function notFound(
  key: string,
  pattern: TablePattern,
  { hiddenInstances }: Catalog,
  { databaseName, userName }: ServerFacts,
): SetupProblem {
  if (pattern.isPattern) {
    return {
      key,
      message: `no table of ${databaseName} that is enabled for change data ` +
        `capture fits "${pattern.text}"`,
    };
  }
  const hidden = hiddenInstances.length === 0
    ? ""
    : ` (of these capture instances it sees no table: ${
      hiddenInstances.slice(0, 5).join(", ")
    })`;
  return {
    key,
    message: `there is no table "${pattern.text}" in ${databaseName}, or the ` +
      `user ${userName} may not see it${hidden}`,
    remedy: `USE ${quoteName(databaseName)}; GRANT SELECT ON ` +
      `${quotedPattern(pattern)} TO ${quoteName(userName)};`,
  };
}

function quotedPattern({ text }: TablePattern): string {
  if (text.includes("[")) return text;
  const parts = text.split(".");
  return quotePath(...(parts.length === 1 ? ["dbo", ...parts] : parts));
}

function* checkTable(
  table: SourceTable,
  config: MssqlConfig,
  facts: ServerFacts,
): Generator<SetupProblem> {
  const newest = table.instances.at(-1)!;
  const unknown = unknownColumns(newest.columns, choiceOf(table, config));
  if (unknown.length > 0) {
    yield {
      key: "columns",
      message: `${fullName(table)} has no captured column ${
        unknown.map((name) => `"${name}"`).join(", ")
      }; it has ${newest.columns.map(({ name }) => name).join(", ")}`,
    };
  }
  const old = table.instances.find(({ hasCommandId }) => !hasCommandId);
  if (old !== undefined) {
    yield {
      key: "tables",
      message:
        `the capture instance ${old.name} has no __$command_id: it was ` +
        "made by an older server",
      remedy: `USE ${quoteName(facts.databaseName)}; EXEC sys.sp_cdc_vupgrade;`,
    };
  }
  const needsKey = config.snapshot !== "never" || config.onGap === "snapshot";
  if (needsKey && newest.key.length === 0) {
    yield {
      key: config.snapshot === "never" ? "on_gap" : "snapshot",
      message: `${fullName(table)} has no key to read a snapshot by: its ` +
        "capture instance names no unique index",
      remedy: "give the table a primary key, or enable it again with " +
        "@index_name = N'<a unique index>'",
    };
  }
}

/** A table whose minimum is zero can't be read, or not yet. */
export function withoutMinimum(
  table: SourceTable,
  { databaseName, userName }: ServerFacts,
): SetupProblem {
  const roles = table.instances.flatMap(({ roleName }) => roleName ?? []);
  const grant = `GRANT SELECT ON ${
    quotePath(table.schemaName, table.tableName)
  } TO ${quoteName(userName)};`;
  const members = roles.map((role) =>
    ` ALTER ROLE ${quoteName(role)} ADD MEMBER ${quoteName(userName)};`
  );
  return {
    key: "tables",
    message: `the minimum LSN of ${fullName(table)} is zero: the user ` +
      `${userName} may not read its changes, or the capture job has not run ` +
      "since it was enabled (EXEC sys.sp_cdc_help_jobs)",
    remedy: `USE ${quoteName(databaseName)}; ${grant}${members.join("")}`,
  };
}

/** `dbo.orders` */
export function fullName({ schemaName, tableName }: TableName): string {
  return `${schemaName}.${tableName}`;
}
