/**
 * Schemas of tables that nobody has described, from the rows that come by.
 *
 * A column has the type of its first value that isn't null; until then it isn't
 * there, since any guess would be wrong for somebody. Whole numbers become floats
 * when one with a fraction comes.
 *
 * @module
 */

import type { Json } from "@dstream/sdk";
import type {
  FieldTypeName,
  SchemaField,
  TableSchema,
} from "@dstream/sdk/changes";
import { parseRow } from "./parquet/row.ts";

export class InferredSchemas {
  readonly #made = new WeakSet<TableSchema>();
  readonly #schemas = new Map<string, TableSchema>();

  /** The table's schema with this row in it; the same one as long as it fits. */
  observe(table: string, text: string): TableSchema {
    const known = this.#schemas.get(table) ?? { table, fields: [] };
    const row = parseRow(text) ?? {};
    const fields = widened(known.fields, row);
    if (fields === undefined && this.#schemas.has(table)) return known;
    const schema = { table, fields: fields ?? [] };
    this.#schemas.set(table, schema);
    this.#made.add(schema);
    return schema;
  }

  /** Whether a schema was guessed, and so may grow within a file. */
  has(schema: TableSchema): boolean {
    return this.#made.has(schema);
  }
}

/** @returns `undefined` where nothing is new. */
function widened(
  fields: readonly SchemaField[],
  row: Readonly<Record<string, Json>>,
): SchemaField[] | undefined {
  let changed: SchemaField[] | undefined;
  for (const [name, value] of Object.entries(row)) {
    const type = typeOf(value);
    if (type === undefined) continue;
    const all = changed ?? fields;
    const at = all.findIndex((field) => field.name === name);
    if (at < 0) changed = [...all, { name, type, nullable: true }];
    else if (type === "float64" && all[at].type === "int64") {
      changed = all.with(at, { ...all[at], type });
    }
  }
  return changed;
}

function typeOf(value: Json): FieldTypeName | undefined {
  switch (typeof value) {
    case "boolean":
      return "boolean";
    case "number":
      return Number.isSafeInteger(value) ? "int64" : "float64";
    case "string":
      return "string";
    default:
      return value === null ? undefined : "json";
  }
}
