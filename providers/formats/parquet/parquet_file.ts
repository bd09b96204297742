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
import type { Json, OutputBatch } from "@dstream/sdk";
import type { FieldTypeName, TableSchema } from "@dstream/sdk/changes";
import { linesOf } from "../encoder.ts";
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
import { byteText, type RowReader } from "./row_reader.ts";

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

/** Why a row can't be one. */
interface Problem {
  readonly reason: string;
  readonly code: string;
}

const NO_ROW: Problem = {
  reason: "the data is no object",
  code: "not_a_row",
};

/** One column of the group that waits. */
interface Column {
  readonly name: string;
  readonly kind: FieldTypeName;
  readonly type: ColumnType;
  /** The name with a character per byte. */
  readonly key: string;
  readonly isMetadata: boolean;
  values: ColumnValue[];
}

export class ParquetFile implements FileWriter {
  readonly #options: ParquetOptions;
  readonly #bytes = new ByteWriter(64 * 1024);
  readonly #reader: RowReader;
  readonly #sink: Sink;
  readonly #row: ColumnValue[] = [];
  #columns: readonly Column[];
  /** From the first group on, when the columns can't change any more. */
  #writer: ParquetWriter | undefined;
  #rows = 0;
  #waitingBytes = 0;

  /** @param reader May be shared by files that are written in turns. */
  constructor(
    schema: TableSchema,
    options: ParquetOptions,
    reader: RowReader,
    sink: Sink,
  ) {
    this.#reader = reader;
    this.#options = options;
    this.#columns = columnsOf(schema, options);
    this.#sink = sink;
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  append(batch: OutputBatch, from: number, to: number): Promise<void> {
    const reader = this.#reader;
    const lines = linesOf(batch, from, to);
    reader.load(lines);
    const lineBytes = lines.length / (to - from);
    for (let index = from; index < to; index++) {
      const problem = this.#convert(reader, reader.next(), batch, index);
      if (problem === null) continue; // rejected
      if (problem !== undefined) {
        batch.reject(index, problem.reason, problem.code);
        continue;
      }
      this.#take(lineBytes);
      if (this.#isGroupFull) this.#writeGroup();
    }
    return Promise.resolve();
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
    this.#writeGroup();
    return Promise.resolve();
  }

  finish(): Promise<void> {
    this.#writeGroup();
    // Without a row there is no file.
    this.#writer?.finish();
    this.#pass();
    return Promise.resolve();
  }

  [Symbol.dispose](): void {}

  #writeGroup(): void {
    if (this.#rows === 0) return;
    const columnData = this.#columns.map(({ name, values }) => ({
      name,
      data: values,
    }));
    this.#writer ??= this.#begin();
    this.#writer.write({ columnData, rowGroupSize: this.#rows });
    for (const column of this.#columns) column.values = [];
    this.#rows = this.#waitingBytes = 0;
    this.#pass();
  }

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

  /** @returns Why the row can't be one; `null` where it is rejected by now. */
  #convert(
    reader: RowReader,
    members: number,
    batch: OutputBatch,
    index: number,
  ): Problem | undefined | null {
    this.#row.length = 0;
    if (members < 0) {
      const text = batch.dataText(index);
      if (text === undefined) return null;
      const data = parseRow(text);
      if (data === undefined) return NO_ROW;
      const problem = this.#convertObject(data, false);
      if (problem !== undefined) return problem;
    } else {
      const problem = this.#convertMembers(reader, members);
      if (problem !== undefined) return problem;
    }
    if (this.#options.metadataColumns.length === 0) return undefined;
    return this.#convertObject(batch.metadata(index) ?? {}, true);
  }

  #convertMembers(reader: RowReader, members: number): Problem | undefined {
    const columns = this.#columns;
    for (let member = 0; member < members; member++) {
      // Nearly always the keys come in the order of the columns.
      const isInOrder = member < columns.length &&
        reader.hasKey(member, columns[member].key);
      const at = isInOrder ? member : this.#indexOf(reader.key(member));
      if (at === undefined) continue;
      try {
        this.#row[at] = columns[at].type.read(reader.value(member));
      } catch (error) {
        return problemOf(columns[at], error);
      }
    }
    return undefined;
  }

  #convertObject(
    from: Readonly<Record<string, Json>>,
    isMetadata: boolean,
  ): Problem | undefined {
    const columns = this.#columns;
    for (let at = 0; at < columns.length; at++) {
      const column = columns[at];
      if (column.isMetadata !== isMetadata) continue;
      const key = isMetadata ? column.name.slice(1) : column.name;
      if (!Object.hasOwn(from, key)) continue;
      try {
        this.#row[at] = column.type.convert(from[key]);
      } catch (error) {
        return problemOf(column, error);
      }
    }
    return undefined;
  }

  #indexOf(name: string): number | undefined {
    const at = this.#columns.findIndex((column) =>
      column.name === name && !column.isMetadata
    );
    return at < 0 ? undefined : at;
  }

  #take(sizeBytes: number): void {
    const columns = this.#columns;
    for (let at = 0; at < columns.length; at++) {
      columns[at].values.push(this.#row[at] ?? null);
    }
    this.#rows++;
    this.#waitingBytes += sizeBytes;
  }

  #pass(): void {
    this.#sink(this.#bytes.getBytes());
    this.#bytes.index = 0;
  }
}

function problemOf({ name }: Column, error: unknown): Problem {
  if (!(error instanceof WrongValue)) throw error;
  const reason = `${JSON.stringify(name)}: ${error.message}`;
  return { reason, code: "wrong_value" };
}

function columnsOf(schema: TableSchema, options: ParquetOptions): Column[] {
  const fields = schema.fields
    .filter(({ name }) => !options.without.includes(name))
    .map((field) => ({
      name: field.name,
      kind: field.type,
      type: columnTypeOf(field, options),
      key: byteText(field.name),
      isMetadata: false,
      values: [],
    }));
  const metadata = options.metadataColumns.map((key) => ({
    name: `_${key}`,
    kind: "string" as const,
    type: metadataText(),
    key: "",
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
  const { convert, ...type } = jsonText();
  return {
    ...type,
    convert: (value) => typeof value === "string" ? value : convert(value),
  };
}
