/**
 * The table most tests read, and the config that reads it.
 *
 * @module
 */

import type { Json, JsonObject } from "@dstream/sdk";
import type { Reading } from "./reading.ts";
import type { TestChange, TestDatabase } from "./test_database.ts";

/** A number and a name. */
export const COLUMNS = [
  { name: "id", type: "int", isNullable: false },
  { name: "name", type: "nvarchar(50)" },
];

/** Makes tables like orders, each captured. */
export async function makeTables(
  database: TestDatabase,
  ...tables: string[]
): Promise<void> {
  for (const table of tables) {
    await database.createTable(table, COLUMNS, ["id"]);
    await database.enableTable(table);
  }
}

/** Rows with ids from `from` on. */
export function inserts(
  table: string,
  from: number,
  count: number,
): TestChange[] {
  return Array.from({ length: count }, (_, i) => ({
    insert: table,
    row: { id: from + i, name: `row ${from + i}` },
  }));
}

/** Reads `orders` in upstream's form, unless `more` says otherwise. */
export function config(
  database: TestDatabase,
  more: Readonly<Record<string, Json>> = {},
): JsonObject {
  return {
    db_connection_string: database.connectionString,
    tables: ["orders"],
    metadata_style: "upstream",
    ...more,
  };
}

/** The ids that have come so far. */
export function idsOf({ envelopes }: Reading): number[] {
  return envelopes.map(({ data }) => data.id as number);
}
