/**
 * `plan` and `init`: the tables that are known before anything streams. Those of rows
 * are made when their schema comes.
 *
 * @module
 */

import type { Lifecycle, PlannedChange } from "@dstream/sdk";
import { createCheckpoints } from "./checkpoints.ts";
import { type Connection, type Dialect, shownTable } from "./dialect.ts";
import type { SqlConfig } from "./fields.ts";
import { createHistory } from "./history.ts";

/**
 * The commands of an output, by its dialect.
 * @param planned The dialect of `plan`, where connecting would make something.
 */
export function sqlLifecycle<C extends SqlConfig>(
  dialectOf: (config: C) => Dialect,
  planned: (config: C) => Dialect = dialectOf,
): Lifecycle<C> {
  return {
    plan: async (config, { signal }) => {
      const dialect = planned(config);
      const connection = await dialect.connect(signal);
      try {
        return await report(connection, dialect, config);
      } finally {
        connection.close();
      }
    },
    init: async (config, { signal }) => {
      const dialect = dialectOf(config);
      const connection = await dialect.connect(signal);
      try {
        const planned = await report(connection, dialect, config);
        for (const { statement } of planned.changes) {
          if (typeof statement === "string") await connection.run(statement);
        }
        return planned;
      } finally {
        connection.close();
      }
    },
  };
}

async function report(
  connection: Connection,
  dialect: Dialect,
  config: SqlConfig,
) {
  const changes: PlannedChange[] = [];
  for (const { text, statement } of tablesOf(dialect, config)) {
    const name = dialect.nameOf(text);
    const isThere = await connection.readTable(name) !== undefined;
    changes.push({
      action: isThere || statement === undefined ? "none" : "create",
      type: "table",
      name: shownTable(name),
      ...(!isThere && { statement: statement ?? null }),
    });
  }
  const message = config.mode === "append_changes"
    ? undefined
    : config.createTables === "never"
    ? "tables of rows have to be there"
    : "tables of rows are made when their schema comes";
  return { changes, ...(message !== undefined && { message }) };
}

/** Tables that no change has to tell of, each with what makes it. */
function* tablesOf(dialect: Dialect, config: SqlConfig) {
  const { table, mode, checkpointTable, createTables } = config;
  if (!/[{}]/.test(table)) {
    const isMade = mode === "append_changes" && createTables !== "never";
    yield {
      text: table,
      statement: isMade
        ? createHistory(dialect, dialect.nameOf(table))
        : undefined,
    };
  }
  if (checkpointTable !== undefined) {
    const name = dialect.nameOf(checkpointTable);
    yield {
      text: checkpointTable,
      statement: createCheckpoints(dialect, name),
    };
  }
}
