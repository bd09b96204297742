/**
 * The schemas of tables as they were told, for the batches that follow.
 *
 * They are read when somebody asks: an output that agreed on `schema` may still
 * look at none, and a table may have thousands of columns.
 *
 * @module
 */

import { RECORD_SEPARATOR } from "../../protocol/envelope.ts";
import { parseInputRecord } from "../../protocol/provider_records.ts";
import {
  parseSchema,
  type RawSchema,
  SchemaBounds,
  type TableSchema,
} from "../../protocol/schema.ts";

/** The schemas that hold for one batch; never changes. */
export type Schemas = ReadonlyMap<string, TableSchema>;

export class SchemaBook {
  readonly #bounds = new SchemaBounds();
  /** What was told since {@link current} was asked for. */
  #new: RawSchema[] = [];
  #current: Schemas = new Map();

  /**
   * Takes a control record; one that is no schema is ignored.
   * @throws {DstreamError} `protocol.schema_invalid`, or too many of them.
   */
  hear(line: Uint8Array): void {
    if (line[0] !== RECORD_SEPARATOR) return;
    const text = new TextDecoder().decode(line.subarray(1)).trimEnd();
    if (!text.startsWith('{"schema"')) return;
    const record = parseInputRecord(text);
    if (record === undefined || !("schema" in record)) return;
    this.#bounds.take(record.schema);
    this.#new.push(record.schema);
  }

  /** The schemas that hold from here on. */
  get current(): Schemas {
    if (this.#new.length > 0) {
      const next = new Map(this.#current);
      for (const { table, record } of this.#new) {
        next.set(table, parseSchema(record));
      }
      this.#current = next;
      this.#new = [];
    }
    return this.#current;
  }
}
