/**
 * A reader for a file of any format, from its begin or from a place on.
 *
 * @module
 */

import type { Logger } from "@dstream/sdk";
import type { FittingSchemas } from "@dstream/sdk/changes";
import type { Buffers } from "./buffers.ts";
import type { ByteSource } from "./byte_source.ts";
import { createFormat } from "./create_format.ts";
import { type CsvOptions, stemOf } from "./csv_format.ts";
import type { FormatName, TextFormatName } from "./format.ts";
import type { Origin } from "./origin.ts";
import type { ParquetReader, WholeFile } from "./parquet_reader.ts";
import {
  type OnInvalid,
  type ReaderOptions,
  RecordReader,
} from "./record_reader.ts";
import type { Tail } from "./tail.ts";

/** What is the same for every file of a run. */
export interface Reading {
  readonly buffers: Buffers;
  readonly log: Logger;
  /** Left out: by the file's name. */
  readonly format: FormatName | undefined;
  readonly csv: CsvOptions;
  readonly schemas: FittingSchemas;
  readonly onInvalid: OnInvalid;
}

/** Where an earlier run was. */
export interface ReadPlace {
  /** See {@link FileReader}. */
  readonly offset: number;
  readonly line: number;
}

/** A file of text, decompressed where it is compressed. */
export interface TextFile {
  readonly origin: Origin;
  /**
   * Begins at the file's first byte.
   * @param part What is read of it; the header alone before all the rest.
   */
  readonly open: (
    part: "header" | "all",
  ) => ByteSource | Promise<ByteSource>;
  /** @returns What stands before the offset, or `undefined`: it isn't so long. */
  readonly goTo: (
    source: ByteSource,
    offset: number,
  ) => Promise<Tail | undefined>;
}

/** A reader and what must be closed after it. */
export interface OpenedText {
  readonly reader: RecordReader;
  readonly source: ByteSource;
}

/** @returns `undefined` when the file is shorter than the place. */
export async function openText(
  name: TextFormatName,
  file: TextFile,
  place: ReadPlace | undefined,
  reading: Reading,
): Promise<OpenedText | undefined> {
  const { origin } = file;
  const format = createFormat(
    name,
    origin,
    reading.buffers.jsonLines,
    reading.csv,
  );
  const options = { ...reading, origin, format };
  const { offset, line } = await afterHeader(place, file, options);
  const source = await file.open("all");
  try {
    const tail = await file.goTo(source, offset);
    if (tail !== undefined) {
      const from = { source, offset, line, tail };
      return { reader: new RecordReader({ ...options, ...from }), source };
    }
  } catch (error) {
    await source.close();
    throw error;
  }
  await source.close();
  return undefined;
}

/** A reader of Parquet; its library is loaded for it. */
export async function openParquet(
  file: WholeFile,
  origin: Origin,
  place: ReadPlace | undefined,
  { schemas, csv }: Reading,
): Promise<ParquetReader> {
  const { ParquetReader } = await import("./parquet_reader.ts");
  return await ParquetReader.open(file, {
    origin,
    table: csv.table ?? stemOf(origin.name),
    schemas,
    rowsBefore: place?.offset ?? 0,
  });
}

/**
 * Where to go on: a header is read again, since the format needs it, and a place
 * inside of it is moved behind it.
 */
async function afterHeader(
  place: ReadPlace | undefined,
  file: TextFile,
  options: Omit<ReaderOptions, "source" | "offset" | "line">,
): Promise<ReadPlace> {
  const { offset, line } = place ?? { offset: 0, line: 1 };
  if (offset === 0 || options.format.header === undefined) {
    return { offset, line };
  }
  const source = await file.open("header");
  try {
    const scout = new RecordReader({ ...options, source, offset: 0, line: 1 });
    await scout.passHeader();
    return scout.offset > offset ? scout : { offset, line };
  } finally {
    await source.close();
  }
}

/** Reads a source that can only be read on, up to an offset. */
export async function skipTo(
  source: ByteSource,
  offset: number,
  tail: Tail,
  { spare }: Buffers,
): Promise<Tail | undefined> {
  for (let skipped = 0; skipped < offset;) {
    const room = spare.bytes.subarray(0, Math.min(1 << 20, offset - skipped));
    const length = await source.read(room);
    if (length === 0) return undefined;
    tail.push(room.subarray(0, length));
    skipped += length;
  }
  return tail;
}
