/**
 * A change and the table it belongs to → what is asked of a row.
 *
 * @module
 */

import type { Json, JsonObject, SchemaField } from "@dstream/sdk";
import {
  type Change,
  keyValues,
  oldKeyValues,
  rowOf,
} from "@dstream/sdk/changes";
import type { Row, TableFacts } from "./dialect.ts";
import type { SqlConfig } from "./fields.ts";
import type { RowChange } from "./fold.ts";
import { joinRows, rowOfValues } from "./json_rows.ts";
import type { PlacedChange } from "./read_changes.ts";

/** The reason why a change can't be stored, or what it asks; nothing is neither. */
export type Asked =
  | { readonly problem: string }
  | { readonly change: RowChange }
  | { readonly note: "gap" | "truncate_refused" }
  | undefined;

/** The columns that the config adds to every table. */
export function extraFields(config: SqlConfig): SchemaField[] {
  if (config.mode !== "upsert") return [];
  const fields: SchemaField[] = [];
  if (config.delete === "soft") {
    fields.push({
      name: config.deletedColumn,
      type: "boolean",
      nullable: true,
    });
  }
  if (config.guard === "position") {
    fields.push({
      name: config.positionColumn,
      type: "string",
      nullable: true,
    });
  }
  return fields;
}

/** What a change asks of its table, with `mode = "upsert"` or `"insert"`. */
export function askOf(
  config: SqlConfig,
  placed: PlacedChange,
  table: TableFacts,
): Asked {
  const { index, change } = placed;
  const { operation } = change;
  if (operation === "gap") return { note: "gap" };
  if (config.mode === "insert") return askInsert(placed, table);
  if (operation === "truncate") {
    if (config.truncate === "fail") return { note: "truncate_refused" };
    if (config.truncate === "ignore") return undefined;
    return { change: { kind: "truncate", index, table } };
  }
  const key = config.key ?? change.key ?? table.primaryKey;
  if (key.length === 0) return { problem: NO_KEY };
  return operation === "delete"
    ? askDelete(config, placed, table, key)
    : askPut(config, placed, table, key);
}

const NO_KEY = "nothing says the key of its row: neither the change, nor its " +
  "table's primary key, nor the config's key";

function askInsert(
  { index, change, text }: PlacedChange,
  table: TableFacts,
): Asked {
  const { operation } = change;
  if (
    operation === "update" || operation === "delete" || operation === "truncate"
  ) {
    return { problem: `mode = "insert" can't do the operation ${operation}` };
  }
  const values = rowOf(change);
  if (values === undefined) return { problem: "its data is no object" };
  const row = { values, text };
  return {
    change: {
      kind: "put",
      mode: "insert",
      index,
      table,
      key: [],
      keyText: undefined,
      row,
      isMove: false,
    },
  };
}

function askPut(
  config: SqlConfig,
  { index, change, text }: PlacedChange,
  table: TableFacts,
  key: readonly string[],
): Asked {
  const values = rowOf(change);
  if (values === undefined) return { problem: "its data is no object" };
  const now = keyValues(values, key);
  const problem = keyProblem(values, key);
  if (now === undefined || problem !== undefined) return { problem: problem! };
  const isUpdate = change.operation === "update";
  const old = isUpdate ? oldKeyValues({ ...change, key }) : undefined;
  const isPartial = isUpdate && lacks(table, values, (each) => each.isRequired);
  const isHoley = lacks(table, values, () => true, extraFields(config));
  return {
    change: {
      kind: "put",
      mode: isPartial ? "update" : "upsert",
      index,
      table,
      key,
      keyText: JSON.stringify(now),
      row: withExtras(config, change, { values, text }, false),
      position: change.position,
      ...(old !== undefined && {
        from: {
          keyText: JSON.stringify(old),
          row: keyRow(config, change, key, old),
        },
      }),
      isMove: old !== undefined && isHoley && config.delete === "row",
    },
  };
}

function askDelete(
  config: SqlConfig,
  { index, change }: PlacedChange,
  table: TableFacts,
  key: readonly string[],
): Asked {
  if (config.delete === "ignore") return undefined;
  const row = { ...change.before, ...rowOf(change) };
  const values = keyValues(row, key);
  const problem = keyProblem(row, key);
  if (values === undefined || problem !== undefined) {
    return { problem: problem! };
  }
  const keyText = JSON.stringify(values);
  const gone = keyRow(config, change, key, values);
  if (config.delete === "row") {
    return {
      change: {
        kind: "remove",
        index,
        table,
        key,
        keyText,
        row: gone,
        position: change.position,
      },
    };
  }
  const marked = withExtras(
    config,
    change,
    rowOfValues(toRow(key, values)),
    true,
  );
  // A mark keeps an older insert out, where a row may have nothing else.
  const isMark = config.guard === "position" &&
    !lacks(table, marked.values, (each) => each.isRequired);
  return {
    change: {
      kind: "put",
      mode: isMark ? "upsert" : "update",
      index,
      table,
      key,
      keyText,
      row: marked,
      position: change.position,
      isMove: false,
    },
  };
}

function withExtras(
  config: SqlConfig,
  { position }: Change,
  row: Row,
  isDeleted: boolean,
): Row {
  const extras: Record<string, Json> = {};
  if (config.delete === "soft") extras[config.deletedColumn] = isDeleted;
  if (config.guard === "position") {
    extras[config.positionColumn] = position ?? null;
  }
  return Object.keys(extras).length === 0
    ? row
    : joinRows(row, rowOfValues(extras));
}

/** A row by its key, with the place of the change where that is looked at. */
function keyRow(
  config: SqlConfig,
  { position }: Change,
  key: readonly string[],
  values: readonly Json[],
): Row {
  const guard = config.guard === "position"
    ? { [config.positionColumn]: position ?? null }
    : {};
  return rowOfValues({ ...toRow(key, values), ...guard });
}

function toRow(key: readonly string[], values: readonly Json[]): JsonObject {
  return Object.fromEntries(key.map((name, at) => [name, values[at]]));
}

function keyProblem(
  row: JsonObject,
  key: readonly string[],
): string | undefined {
  const missing = key.find((name) => (row[name] ?? null) === null);
  return missing === undefined
    ? undefined
    : `the key's column ${JSON.stringify(missing)} has no value`;
}

/** Whether the row has no value for one of these columns. */
function lacks(
  { columns }: TableFacts,
  row: JsonObject,
  counts: (column: { readonly isRequired: boolean }) => boolean,
  extras: readonly SchemaField[] = [],
): boolean {
  for (const column of columns.values()) {
    if (column.isGenerated || !counts(column) || column.name in row) continue;
    if (extras.some(({ name }) => name === column.name)) continue;
    return true;
  }
  return false;
}
