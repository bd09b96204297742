/**
 * A change and the table it belongs to → what is asked of a row.
 *
 * @module
 */

import type { Json, JsonObject, SchemaField } from "@dstream/sdk";
import { keyValues, oldKeyValues } from "@dstream/sdk/changes";
import type { Row, TableFacts } from "./dialect.ts";
import type { SqlConfig } from "./fields.ts";
import type { RowChange } from "./fold.ts";
import { joinRows, rowOfValues } from "./json_rows.ts";
import type { PlacedChange } from "./read_changes.ts";
import type { Shape } from "./shapes.ts";

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
  const { index, head } = placed;
  const { operation } = head;
  if (operation === "gap") return { note: "gap" };
  if (config.mode === "insert") return askInsert(placed, table);
  if (operation === "truncate") {
    if (config.truncate === "fail") return { note: "truncate_refused" };
    if (config.truncate === "ignore") return undefined;
    return { change: { kind: "truncate", index, table } };
  }
  const key = config.key ?? placed.scannedKey ?? head.key ?? table.primaryKey;
  if (key.length === 0) {
    // A record, of which no other change will ever speak: it is appended.
    return operation === undefined
      ? askInsert(placed, table)
      : { problem: NO_KEY };
  }
  return operation === "delete"
    ? askDelete(config, placed, table, key)
    : askPut(config, placed, table, key);
}

const NO_KEY = "nothing says the key of its row: neither the change, nor its " +
  "table's primary key, nor the config's key";

function askInsert(
  { index, head: { operation }, row }: PlacedChange,
  table: TableFacts,
): Asked {
  if (
    operation === "update" || operation === "delete" || operation === "truncate"
  ) {
    return { problem: `mode = "insert" can't do the operation ${operation}` };
  }
  if (row === undefined) return { problem: "its data is no object" };
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
  placed: PlacedChange,
  table: TableFacts,
  key: readonly string[],
): Asked {
  const { index, row, head: { operation, position } } = placed;
  if (row === undefined) return { problem: "its data is no object" };
  const keyText = placed.scannedKey === key && placed.keyText !== undefined
    ? placed.keyText
    : parsedKeyText(row, key);
  if (keyText === undefined) return { problem: keyProblem(row.values, key) };
  const isUpdate = operation === "update";
  const { isPartial, isHoley } = lacksOf(config, table, row.shape);
  const old = isUpdate && placed.hasBefore
    ? oldKeyValues({ ...placed.change, data: row.values, key })
    : undefined;
  return {
    change: {
      kind: "put",
      mode: isUpdate && isPartial ? "update" : "upsert",
      index,
      table,
      key,
      keyText,
      row: withExtras(config, position, row, false),
      position,
      from: old && {
        keyText: JSON.stringify(old),
        row: keyRow(config, position, key, old),
      },
      isMove: old !== undefined && isHoley && config.delete === "row",
    },
  };
}

/** @returns `undefined` where a column of it has no value. */
function parsedKeyText(
  { values }: Row,
  key: readonly string[],
): string | undefined {
  const found = keyValues(values, key);
  return found === undefined || found.includes(null)
    ? undefined
    : JSON.stringify(found);
}

function askDelete(
  config: SqlConfig,
  placed: PlacedChange,
  table: TableFacts,
  key: readonly string[],
): Asked {
  if (config.delete === "ignore") return undefined;
  const { index, row, head: { position } } = placed;
  const before = placed.hasBefore ? placed.change.before : undefined;
  const known = { ...before, ...row?.values };
  const values = keyValues(known, key);
  if (values === undefined || values.includes(null)) {
    return { problem: keyProblem(known, key) };
  }
  const keyText = JSON.stringify(values);
  if (config.delete === "row") {
    const gone = keyRow(config, position, key, values);
    return {
      change: {
        kind: "remove",
        index,
        table,
        key,
        keyText,
        row: gone,
        position,
      },
    };
  }
  const marked = withExtras(
    config,
    position,
    rowOfValues(toRow(key, values)),
    true,
  );
  // A mark keeps an older insert out, where a row may have nothing else.
  const isMark = config.guard === "position" &&
    !lacksOf(config, table, marked.shape).isPartial;
  return {
    change: {
      kind: "put",
      mode: isMark ? "upsert" : "update",
      index,
      table,
      key,
      keyText,
      row: marked,
      position,
      isMove: false,
    },
  };
}

function withExtras(
  config: SqlConfig,
  position: string | undefined,
  row: Row,
  isDeleted: boolean,
): Row {
  if (config.delete !== "soft" && config.guard !== "position") return row;
  const extras: Record<string, Json> = {};
  if (config.delete === "soft") extras[config.deletedColumn] = isDeleted;
  if (config.guard === "position") {
    extras[config.positionColumn] = position ?? null;
  }
  return joinRows(row, rowOfValues(extras));
}

/** A row by its key, with the place of the change where that is looked at. */
function keyRow(
  config: SqlConfig,
  position: string | undefined,
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

function keyProblem(row: JsonObject, key: readonly string[]): string {
  const missing = key.find((name) => (row[name] ?? null) === null);
  return `the key's column ${JSON.stringify(missing)} has no value`;
}

/** What rows of one shape lack of a table. */
interface Lacks {
  /** Something that an insert has to give. */
  readonly isPartial: boolean;
  /** Anything. */
  readonly isHoley: boolean;
}

const lacks = new WeakMap<TableFacts, Map<Shape, Lacks>>();

/** Found once for all rows of a shape; one process has one config. */
function lacksOf(config: SqlConfig, table: TableFacts, shape: Shape): Lacks {
  let known = lacks.get(table);
  if (known === undefined) lacks.set(table, known = new Map());
  let found = known.get(shape);
  if (found === undefined) {
    known.set(shape, found = findLacks(config, table, shape));
  }
  return found;
}

function findLacks(
  config: SqlConfig,
  { columns }: TableFacts,
  { names }: Shape,
): Lacks {
  const own = extraFields(config).map(({ name }) => name);
  const missing = [...columns.values()]
    .filter(({ name, isGenerated }) => !isGenerated && !names.includes(name));
  return {
    isPartial: missing.some(({ isRequired }) => isRequired),
    isHoley: missing.some(({ name }) => !own.includes(name)),
  };
}
