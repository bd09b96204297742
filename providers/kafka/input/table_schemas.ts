/**
 * What the tables look like that messages are rows of: told to outputs before the
 * first row, and again when it changes.
 *
 * Messages of a topic may be written with several schemas in turns, by producers old
 * and new. So a table's schema only grows: it is what all of them so far fit.
 *
 * @module
 */

import type { Logger } from "@dstream/sdk";
import { FittingSchemas, type TableSchema } from "@dstream/sdk/changes";
import type { Shape } from "../registry/shape.ts";
import { widerFields } from "./wider_fields.ts";

/** One table. */
interface Known {
  schema: TableSchema;
  /** All that the schema holds; by being the same. */
  readonly shapes: WeakSet<Shape>;
  /** What the last message had. */
  last: Shape;
}

/** Of one process. */
export class TableSchemas {
  readonly #tables = new Map<string, Known>();
  readonly #fitting: FittingSchemas;
  #news = new Map<string, TableSchema>();

  constructor(log: Logger) {
    this.#fitting = new FittingSchemas(
      log,
      "read fewer topics in one task where they are needed",
    );
  }

  /**
   * A row of a table has come.
   * @param key Names of its key's columns, where the message says them.
   */
  see(
    table: string,
    shape: Shape,
    key: readonly string[] | undefined,
  ): void {
    const known = this.#tables.get(table);
    if (known === undefined) return this.#add(table, shape, key);
    const isSameKey = key === undefined || isSame(key, known.schema.key);
    if (known.last === shape && isSameKey) return;
    known.last = shape;
    if (known.shapes.has(shape) && isSameKey) return;
    known.shapes.add(shape);
    const { fields } = known.schema;
    const wider = widerFields(fields, shape.fields);
    if (wider === fields && isSameKey) return;
    const schema = wider === fields
      ? { ...known.schema, key }
      : schemaOf(table, wider, key ?? known.schema.key);
    this.#tell(known, schema);
  }

  /** What is new since it was asked last. */
  take(): TableSchema[] {
    if (this.#news.size === 0) return NONE;
    const news = [...this.#news.values()];
    this.#news = new Map();
    return news;
  }

  #add(
    table: string,
    shape: Shape,
    key: readonly string[] | undefined,
  ): void {
    const schema = {
      ...schemaOf(table, shape.fields, key),
      ...(shape.jsonSchema && { json_schema: shape.jsonSchema }),
    };
    const known = { schema, shapes: new WeakSet([shape]), last: shape };
    this.#tables.set(table, known);
    this.#tell(known, schema);
  }

  #tell(known: Known, schema: TableSchema): void {
    known.schema = schema;
    const fitting = this.#fitting.fitting(schema);
    if (fitting !== undefined) this.#news.set(schema.table, fitting);
  }
}

const NONE: TableSchema[] = [];

function schemaOf(
  table: string,
  fields: TableSchema["fields"],
  key: readonly string[] | undefined,
): TableSchema {
  return key === undefined ? { table, fields } : { table, key, fields };
}

function isSame(
  one: readonly string[],
  other: readonly string[] | undefined,
): boolean {
  return one.length === other?.length &&
    one.every((name, index) => name === other[index]);
}
