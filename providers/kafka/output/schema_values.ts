/**
 * Rows in a registry's format: a byte 0, the schema's number, the row.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { JsonObject } from "@dstream/sdk";
import type { TableSchema } from "@dstream/sdk/changes";
import type { OutputRegistryConfig } from "../registry/fields.ts";
import { recordName } from "../registry/names.ts";
import { RowProblem } from "../registry/problems.ts";
import { Registry } from "../registry/registry.ts";
import type { RowFormatName } from "../registry/format_names.ts";
import { planFormat } from "../registry/row_formats.ts";
import { rowOf } from "../registry/rows.ts";

interface Known {
  readonly schema: TableSchema;
  readonly names: ReadonlySet<string>;
  /** The byte 0, the schema's number, and what the format puts behind. */
  readonly head: Buffer;
  readonly write: (row: JsonObject) => Buffer;
}

/** Writes rows whose schema was registered before. */
export class SchemaValues {
  readonly #format: RowFormatName;
  readonly #config: OutputRegistryConfig;
  readonly #registry: Registry;
  readonly #known = new Map<string, Known>();

  constructor(format: RowFormatName, config: OutputRegistryConfig) {
    this.#format = format;
    this.#config = config;
    this.#registry = new Registry(config);
  }

  /** Whether rows of this schema can be written to the topic. */
  isReady(topic: string, schema: TableSchema): boolean {
    return this.#known.get(keyOf(topic, schema.table))?.schema === schema;
  }

  /** @throws {FinalError} Where the registry refuses it. */
  async prepare(topic: string, schema: TableSchema): Promise<void> {
    const subject = this.#subjectOf(topic, schema.table);
    const { type, text, head, write } = await planFormat(
      this.#format,
      schema,
      () => this.#registry.latest(subject),
    );
    const id = this.#config.register
      ? await this.#registry.register(subject, type, text)
      : await this.#registry.find(subject, type, text);
    const number = Buffer.alloc(5);
    number.writeUInt32BE(id, 1);
    this.#known.set(keyOf(topic, schema.table), {
      schema,
      names: new Set(schema.fields.map(({ name }) => name)),
      head: Buffer.concat([number, head]),
      write,
    });
  }

  /** @throws {RowProblem} */
  value(topic: string, table: string | undefined, data: string): Buffer {
    const known = this.#known.get(keyOf(topic, table ?? ""));
    if (known === undefined) throw new RowProblem("its table has no schema");
    const row = rowOf(data);
    for (const name of Object.keys(row)) {
      if (known.names.has(name) || known.schema.json_schema) continue;
      throw new RowProblem(
        `the column ${JSON.stringify(name)} is not in its table's schema`,
      );
    }
    return Buffer.concat([known.head, known.write(row)]);
  }

  /** As clients of registries name them. */
  #subjectOf(topic: string, table: string): string {
    const { namespace, name } = recordName(table);
    switch (this.#config.subjects) {
      case "topic":
        return `${topic}-value`;
      case "record":
        return `${namespace}.${name}`;
      case "topic_record":
        return `${topic}-${namespace}.${name}`;
    }
  }
}

function keyOf(topic: string, table: string): string {
  return JSON.stringify([topic, table]);
}
