/**
 * A Parquet file, one row group after the other.
 *
 * Values are checked as they come, so a wrong one rejects its own row; a group is
 * written when enough rows wait, and then none of them is in memory any more.
 *
 * @module
 */

import { gzipSync, zstdCompressSync } from "node:zlib";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import type { CompressionCodec, SchemaElement } from "hyparquet";
import type { OutputBatch } from "@dstream/sdk";
import type { FieldTypeName, TableSchema } from "@dstream/sdk/changes";
import type { FileWriter, Sink } from "../file_writer.ts";
import {
  type ColumnType,
  columnTypeOf,
  type ColumnValue,
  jsonText,
  type TypeOptions,
  WrongValue,
} from "./column_type.ts";
import { parseRow } from "./row.ts";

/** How pages are compressed. */
export type PageCompression = "none" | "snappy" | "gzip" | "zstd";

/** What a config says about Parquet. */
export interface ParquetOptions extends TypeOptions {
  readonly compression: PageCompression;
  readonly groupRows: number;
  /** Columns that are left out, since the file's folder says them. */
  readonly without: readonly string[];
  /** Keys of the metadata that become columns, with an underscore before. */
  readonly metadataColumns: readonly string[];
}

const CODECS: Readonly<Record<PageCompression, CompressionCodec>> = {
  none: "UNCOMPRESSED",
  snappy: "SNAPPY",
  gzip: "GZIP",
  zstd: "ZSTD",
};
const COMPRESSORS = {
  GZIP: (bytes: Uint8Array) => new Uint8Array(gzipSync(bytes)),
  ZSTD: (bytes: Uint8Array) => new Uint8Array(zstdCompressSync(bytes)),
};
/** A group of fewer rows, where they are large. */
const GROUP_BYTES = 8 * 1024 * 1024;
const CREATED_BY = "dstream";

/** One column of the group that waits. */
interface Column {
  readonly name: string;
  readonly kind: FieldTypeName;
  readonly type: ColumnType;
  readonly isMetadata: boolean;
  values: ColumnValue[];
}

export class ParquetFile implements FileWriter {
  readonly #options: ParquetOptions;
  readonly #bytes = new ByteWriter(64 * 1024);
  readonly #sink: Sink;
  readonly #row: ColumnValue[] = [];
  #columns: readonly Column[];
  /** From the first group on, when the columns can't change any more. */
  #writer: ParquetWriter | undefined;
  #rows = 0;
  #waitingBytes = 0;

  constructor(schema: TableSchema, options: ParquetOptions, sink: Sink) {
    this.#options = options;
    this.#columns = columnsOf(schema, options);
    this.#sink = sink;
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  async append(batch: OutputBatch, from: number, to: number): Promise<void> {
    for (let index = from; index < to; index++) {
      const text = batch.dataText(index);
      if (text === undefined) continue; // rejected
      const problem = this.#convert(text, batch, index);
      if (problem !== undefined) {
        batch.reject(index, problem.reason, problem.code);
        continue;
      }
      this.#take(text.length);
      if (this.#isGroupFull) await this.writeWaiting();
    }
  }

  adopt(schema: TableSchema): boolean {
    if (this.#writer !== undefined) return false;
    const before = new Map(this.#columns.map((each) => [each.name, each]));
    const columns = columnsOf(schema, this.#options);
    for (const column of columns) {
      const values = valuesAs(column, before.get(column.name), this.#rows);
      if (values === undefined) return false;
      before.delete(column.name);
      column.values = values;
    }
    if (before.size > 0) return false;
    this.#columns = columns;
    return true;
  }

  writeWaiting(): Promise<void> {
    if (this.#rows === 0) return Promise.resolve();
    const columnData = this.#columns.map(({ name, values }) => ({
      name,
      data: values,
    }));
    this.#writer ??= this.#begin();
    this.#writer.write({ columnData, rowGroupSize: this.#rows });
    for (const column of this.#columns) column.values = [];
    this.#rows = this.#waitingBytes = 0;
    this.#pass();
    return Promise.resolve();
  }

  async finish(): Promise<void> {
    await this.writeWaiting();
    // Without a row there is no file.
    this.#writer?.finish();
    this.#pass();
  }

  [Symbol.dispose](): void {}

  #begin(): ParquetWriter {
    const { compression } = this.#options;
    const root: SchemaElement = {
      name: "schema",
      num_children: this.#columns.length,
    };
    const elements = this.#columns.flatMap(({ name, type }) =>
      type.elements(name)
    );
    return new ParquetWriter({
      writer: this.#bytes,
      schema: [root, ...elements],
      codec: CODECS[compression],
      compressors: COMPRESSORS,
      createdBy: CREATED_BY,
    });
  }

  get #isGroupFull(): boolean {
    return this.#rows >= this.#options.groupRows ||
      this.#waitingBytes >= GROUP_BYTES;
  }

  /** Every value of a row, or why it can't be one. */
  #convert(text: string, batch: OutputBatch, index: number) {
    const data = parseRow(text);
    if (data === undefined) {
      return { reason: "the data is no object", code: "not_a_row" };
    }
    const metadata = this.#options.metadataColumns.length > 0
      ? batch.metadata(index) ?? {}
      : {};
    const columns = this.#columns;
    for (let at = 0; at < columns.length; at++) {
      const { name, type, isMetadata } = columns[at];
      const from = isMetadata ? metadata : data;
      const key = isMetadata ? name.slice(1) : name;
      try {
        this.#row[at] = type.convert(
          Object.hasOwn(from, key) ? from[key] : null,
        );
      } catch (error) {
        if (!(error instanceof WrongValue)) throw error;
        const reason = `${JSON.stringify(name)}: ${error.message}`;
        return { reason, code: "wrong_value" };
      }
    }
    return undefined;
  }

  #take(sizeBytes: number): void {
    const columns = this.#columns;
    for (let at = 0; at < columns.length; at++) {
      columns[at].values.push(this.#row[at]);
    }
    this.#rows++;
    this.#waitingBytes += sizeBytes;
  }

  #pass(): void {
    this.#sink(this.#bytes.getBytes());
    this.#bytes.index = 0;
  }
}

function columnsOf(schema: TableSchema, options: ParquetOptions): Column[] {
  const fields = schema.fields
    .filter(({ name }) => !options.without.includes(name))
    .map((field) => ({
      name: field.name,
      kind: field.type,
      type: columnTypeOf(field, options),
      isMetadata: false,
      values: [],
    }));
  const metadata = options.metadataColumns.map((key) => ({
    name: `_${key}`,
    kind: "string" as const,
    type: metadataText(),
    isMetadata: true,
    values: [],
  }));
  return [...fields, ...metadata];
}

/** The values of a column as they are in another one of its name. */
function valuesAs(
  { kind }: Column,
  before: Column | undefined,
  rows: number,
): ColumnValue[] | undefined {
  if (before === undefined) return new Array(rows).fill(null);
  if (before.kind === kind) return before.values;
  const isWider = before.kind === "int64" && kind === "float64";
  return isWider
    ? before.values.map((value) => value === null ? null : Number(value))
    : undefined;
}

/** Text as it is, all else as JSON. */
function metadataText(): ColumnType {
  const { elements, convert } = jsonText();
  return {
    elements,
    convert: (value) => typeof value === "string" ? value : convert(value),
  };
}
