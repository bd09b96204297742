/**
 * Tables whose rows are numbered, for tests that count what arrives.
 *
 * @module
 */

import type { JsonObject } from "../../core/protocol/envelope.ts";
import { ModelProcess } from "../support/mssql_model/model_process.ts";

/** A model with these tables, all captured. */
export async function startWithTables(
  tables: readonly string[],
): Promise<ModelProcess> {
  const model = await ModelProcess.start("shop");
  await model.tell({ do: "enable_cdc" });
  for (const table of tables) {
    await model.tell({
      do: "create_table",
      table,
      columns: [
        { name: "n", type: "int", isNullable: false },
        { name: "text", type: "nvarchar(200)" },
      ],
      key: ["n"],
    });
    await model.tell({ do: "enable_table", table });
  }
  return model;
}

/** Rows with the numbers after `from`. */
export async function addRows(
  model: ModelProcess,
  table: string,
  from: number,
  count: number,
  perTransaction = 10,
): Promise<void> {
  await model.tell({
    do: "fill",
    table,
    from: from + 1,
    count,
    perTransaction,
    row: { text: `of ${table}` },
  });
}

/** An input that looks often and locks in the database. */
export function configOf(
  model: ModelProcess,
  tables: readonly string[],
): JsonObject {
  return {
    db_connection_string: `${model.connectionString};Encrypt=false`,
    tables: [...tables],
    metadata_style: "upstream",
    poll_interval: "10ms",
    max_poll_interval: "100ms",
    lock_config: { type: "sql" },
    // Smaller than transactions, so that reading stops in the middle of them.
    batch: { min_rows: 10, max_rows: 37 },
  };
}
