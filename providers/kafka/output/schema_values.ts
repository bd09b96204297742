/**
 * Rows as Avro in a registry's format: a byte 0, the schema's number, the row.
 *
 * The subject is `<topic>-value`, as every client of registries names it.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { JsonObject } from "@dstream/sdk";
import type { TableSchema } from "@dstream/sdk/changes";
import { avroSchemaOf } from "../registry/avro_schema.ts";
import { avroWriter, RowProblem } from "../registry/avro_writer.ts";
import type { RegistryConfig } from "../registry/fields.ts";
import { Registry } from "../registry/registry.ts";

interface Known {
  readonly schema: TableSchema;
  readonly head: Buffer;
  readonly write: (row: JsonObject) => Buffer;
}

/** Writes rows whose schema was registered before. */
export class AvroValues {
  readonly #registry: Registry;
  readonly #known = new Map<string, Known>();

  constructor(config: RegistryConfig) {
    this.#registry = new Registry(config);
  }

  /** Whether rows of this schema can be written to the topic. */
  isReady(topic: string, schema: TableSchema): boolean {
    return this.#known.get(keyOf(topic, schema.table))?.schema === schema;
  }

  /** @throws {FinalError} Where the registry refuses it. */
  async prepare(topic: string, schema: TableSchema): Promise<void> {
    const text = avroSchemaOf(schema);
    const id = await this.#registry.register(`${topic}-value`, text);
    const head = Buffer.alloc(5);
    head.writeUInt32BE(id, 1);
    const key = keyOf(topic, schema.table);
    this.#known.set(key, { schema, head, write: avroWriter(schema) });
  }

  /** @throws {RowProblem} */
  value(topic: string, table: string | undefined, row: unknown): Buffer {
    const known = this.#known.get(keyOf(topic, table ?? ""));
    if (known === undefined) throw new RowProblem("its table has no schema");
    if (typeof row !== "object" || row === null || Array.isArray(row)) {
      throw new RowProblem("it is no row");
    }
    return Buffer.concat([known.head, known.write(row as JsonObject)]);
  }
}

function keyOf(topic: string, table: string): string {
  return JSON.stringify([topic, table]);
}
