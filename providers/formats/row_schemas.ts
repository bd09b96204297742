/**
 * Which schema a row has: declared in the config, told by the input, or inferred.
 *
 * @module
 */

import { FinalError, type OutputBatch } from "@dstream/sdk";
import type { SchemaField, TableSchema } from "@dstream/sdk/changes";
import { declaredFields } from "./declared_columns.ts";
import type { WrittenFormat } from "./file_formats.ts";
import { InferredSchemas } from "./inferred_schemas.ts";

const NO_TABLE = "rows";

/** What a config says of it. */
export interface RowSchemaOptions {
  readonly format: WrittenFormat;
  /** Names with types. */
  readonly columns?: Readonly<Record<string, string>>;
  readonly inferColumns: boolean;
  /** What to do where nobody knows a schema. */
  readonly hint: string;
}

export class RowSchemas {
  readonly #declared: readonly SchemaField[] | undefined;
  readonly #byTable = new Map<string, TableSchema>();
  readonly #inferred: InferredSchemas | undefined;
  readonly #needsOne: boolean;
  readonly #isUsed: boolean;

  readonly #hint: string;

  constructor({ format, columns, inferColumns, hint }: RowSchemaOptions) {
    this.#hint = hint;
    this.#declared = columns && declaredFields(columns);
    this.#inferred = inferColumns ? new InferredSchemas() : undefined;
    this.#needsOne = format === "parquet";
    this.#isUsed = this.#needsOne || format === "csv" || format === "tsv";
  }

  /** @throws {FinalError} where the format needs one and nobody knows it. */
  schemaOf(
    batch: OutputBatch,
    index: number,
    table = NO_TABLE,
  ): TableSchema | undefined {
    if (!this.#isUsed) return undefined;
    if (this.#declared !== undefined) {
      return this.#declaredSchema(this.#declared, table);
    }
    const told = batch.schemas.get(table);
    if (told !== undefined) return told;
    if (this.#inferred !== undefined) {
      const text = batch.dataText(index);
      return text === undefined
        ? undefined
        : this.#inferred.observe(table, text);
    }
    if (!this.#needsOne) return undefined;
    throw new FinalError(
      "objects.schema_missing",
      `the rows of ${JSON.stringify(table)} come without a schema, and ` +
        "Parquet needs one",
      { key: "format", hint: this.#hint },
    );
  }

  /** Whether a schema was guessed, and so may grow within a file. */
  mayGrow(schema: TableSchema | undefined): boolean {
    return schema !== undefined && this.#inferred?.has(schema) === true;
  }

  #declaredSchema(
    fields: readonly SchemaField[],
    table: string,
  ): TableSchema {
    const known = this.#byTable.get(table);
    if (known !== undefined) return known;
    const schema = { table, fields };
    this.#byTable.set(table, schema);
    return schema;
  }
}
