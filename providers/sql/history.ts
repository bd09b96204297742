/**
 * `mode = "append_changes"`: one row of a history for each change.
 *
 * Row, key and the row before stay JSON as they came, so any envelope has a place
 * and no column is ever missing.
 *
 * @module
 */

import {
  createStatement,
  type Dialect,
  type TableFacts,
  type TableName,
} from "./dialect.ts";
import type { RowChange } from "./fold.ts";
import { rowOfText } from "./json_rows.ts";
import type { PlacedChange } from "./read_changes.ts";
import { shapeOf } from "./shapes.ts";

/** The columns of a history, the number of the row before them. */
export const HISTORY_COLUMNS = [
  "operation",
  "table_name",
  "position",
  "committed_at",
  "key",
  "before",
  "data",
] as const;

const SHAPE = shapeOf(HISTORY_COLUMNS);
const JSON_COLUMNS = new Set<string>(["key", "before", "data"]);

/** What makes the table. */
export function createHistory(dialect: Dialect, name: TableName): string {
  const { id, json } = dialect.historyTypes;
  const text = dialect.typeOf({ type: "string" });
  const columns = HISTORY_COLUMNS.map((column) =>
    `${dialect.quote(column)} ${JSON_COLUMNS.has(column) ? json : text}`
  );
  const body = `${dialect.quote("change_id")} ${id}, ${columns.join(", ")}`;
  return createStatement(dialect, name, body);
}

/** A change as a row of it. */
export function historyRow(
  { index, change, text }: PlacedChange,
  table: TableFacts,
): RowChange {
  const { operation, position, timestamp, key, before } = change;
  const json = {
    key: key === undefined ? null : JSON.stringify(key),
    before: before === undefined ? null : JSON.stringify(before),
    data: text,
  };
  const head = {
    operation: operation ?? null,
    table_name: change.table ?? null,
    position: position ?? null,
    committed_at: timestamp ?? null,
  };
  // As values they are texts, as text they are JSON within JSON.
  const inner = Object.entries(json)
    .map(([name, value]) => `"${name}":${value ?? "null"}`);
  const row = rowOfText(
    `${JSON.stringify(head).slice(0, -1)},${inner.join(",")}}`,
    SHAPE,
    { ...head, ...json },
  );
  return {
    kind: "put",
    mode: "append",
    index,
    table,
    key: [],
    keyText: undefined,
    row,
    isMove: false,
  };
}
