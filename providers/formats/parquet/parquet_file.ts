/**
 * A Parquet file, one row group after the other.
 *
 * A group is written when enough rows wait, and then none of them is in memory any
 * more. Lists and structs are taken apart by hyparquet-writer, which writes the end of
 * the file too; the values of all other columns are written here.
 *
 * @module
 */

import { gzipSync, zstdCompressSync } from "node:zlib";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { snappyCompress } from "hyparquet-writer/src/snappy.js";
import type { ColumnChunk } from "hyparquet";
import type { OutputBatch } from "@dstream/sdk";
import type { TableSchema } from "@dstream/sdk/changes";
import { linesOf } from "../encoder.ts";
import type { FileWriter, Sink } from "../file_writer.ts";
import { type Codec, writeChunk } from "./columns/column_chunk.ts";
import { NestedStore } from "./columns/nested_store.ts";
import type { RowReader } from "./row_reader.ts";
import { type ColumnOptions, WaitingRows } from "./waiting_rows.ts";

/** How pages are compressed. */
export type PageCompression = "none" | "snappy" | "gzip" | "zstd";

/** What a config says about Parquet. */
export interface ParquetOptions extends ColumnOptions {
  readonly compression: PageCompression;
  readonly groupRows: number;
}

const CODECS: Readonly<Record<PageCompression, Codec>> = {
  none: { name: "UNCOMPRESSED" },
  snappy: { name: "SNAPPY", compress: snappyCompress },
  gzip: { name: "GZIP", compress: (bytes) => new Uint8Array(gzipSync(bytes)) },
  zstd: {
    name: "ZSTD",
    compress: (bytes) => new Uint8Array(zstdCompressSync(bytes)),
  },
};
/** A group of fewer rows, where they are large. */
const GROUP_BYTES = 8 * 1024 * 1024;
const CREATED_BY = "dstream";

export class ParquetFile implements FileWriter {
  readonly #options: ParquetOptions;
  readonly #codec: Codec;
  readonly #bytes = new ByteWriter(64 * 1024);
  readonly #reader: RowReader;
  readonly #sink: Sink;
  readonly #waiting: WaitingRows;
  /** From the first group on, when the columns can't change any more. */
  #writer: ParquetWriter | undefined;
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
    this.#codec = CODECS[options.compression];
    this.#waiting = new WaitingRows(schema, options, reader);
    this.#sink = sink;
  }

  get heldBytes(): number {
    return Math.max(this.#waiting.heldBytes, this.#waitingBytes);
  }

  append(batch: OutputBatch, from: number, to: number): Promise<void> {
    const lines = linesOf(batch, from, to);
    this.#reader.load(lines);
    const lineBytes = lines.length / (to - from);
    for (let index = from; index < to; index++) {
      if (!this.#waiting.take(batch, index)) continue;
      this.#waitingBytes += lineBytes;
      if (this.#isGroupFull) this.#writeGroup();
    }
    return Promise.resolve();
  }

  adopt(schema: TableSchema): boolean {
    return this.#writer === undefined && this.#waiting.adopt(schema);
  }

  makeRoom(): Promise<void> {
    this.#writeGroup();
    this.#waiting.release();
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

  get #isGroupFull(): boolean {
    return this.#waiting.count >= this.#options.groupRows ||
      this.#waitingBytes >= GROUP_BYTES;
  }

  #writeGroup(): void {
    const rows = this.#waiting.count;
    if (rows === 0) return;
    const writer = this.#writer ??= this.#begin();
    const from = this.#bytes.offset;
    const nested = this.#writeNested(writer, rows);
    const columns = this.#waiting.columns.flatMap(({ name, elements, store }) =>
      store instanceof NestedStore ? nested.get(name)! : [
        writeChunk(this.#bytes, {
          element: elements[0],
          store,
          rows,
          codec: this.#codec,
        }),
      ]
    );
    writer.num_rows += BigInt(rows);
    writer.row_groups.push({
      columns,
      num_rows: BigInt(rows),
      total_byte_size: columns.reduce(
        (sum, { meta_data }) => sum + meta_data!.total_uncompressed_size,
        0n,
      ),
      total_compressed_size: BigInt(this.#bytes.offset - from),
    });
    this.#waiting.clear();
    this.#waitingBytes = 0;
    this.#pass();
  }

  /** The chunks of columns that the library takes apart, by the column's name. */
  #writeNested(
    writer: ParquetWriter,
    rows: number,
  ): Map<string, ColumnChunk[]> {
    const found = new Map<string, ColumnChunk[]>();
    const columnData = this.#waiting.columns.flatMap(({ name, store }) =>
      store instanceof NestedStore ? [{ name, data: store.take(rows) }] : []
    );
    if (columnData.length === 0) return found;
    writer.write({ columnData, rowGroupSize: rows });
    // It counted them as a group of their own.
    writer.num_rows -= BigInt(rows);
    for (const chunk of writer.row_groups.pop()!.columns) {
      const [name] = chunk.meta_data!.path_in_schema;
      found.set(name, [...(found.get(name) ?? []), chunk]);
    }
    return found;
  }

  #begin(): ParquetWriter {
    const { columns } = this.#waiting;
    const root = { name: "schema", num_children: columns.length };
    const { name, compress } = this.#codec;
    return new ParquetWriter({
      writer: this.#bytes,
      schema: [root, ...columns.flatMap(({ elements }) => elements)],
      codec: name,
      compressors: compress === undefined ? {} : { [name]: compress },
      createdBy: CREATED_BY,
    });
  }

  #pass(): void {
    this.#sink(this.#bytes.getBytes());
    this.#bytes.index = 0;
  }
}
