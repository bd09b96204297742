/**
 * Parquet → envelope lines, with all digits.
 *
 * The file's end is needed at once, so it is read at any place: on the disk, or in a
 * buffer that the whole of an object was read into.
 *
 * @module
 */

import {
  brotliDecompressSync,
  gunzipSync,
  zstdDecompressSync,
} from "node:zlib";
import {
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  type SchemaElement,
} from "hyparquet";
import { FinalError, type Json } from "@dstream/sdk";
import {
  exactBytes,
  exactFloat,
  exactInteger,
  type FittingSchemas,
  type SchemaField,
  type TableSchema,
} from "@dstream/sdk/changes";
import type { Origin } from "./origin.ts";
import type { Chunk, FileReader } from "./record_reader.ts";
import { Tail, TAIL_BYTES } from "./tail.ts";

const COMPRESSORS = {
  BROTLI: (bytes: Uint8Array) => new Uint8Array(brotliDecompressSync(bytes)),
  GZIP: (bytes: Uint8Array) => new Uint8Array(gunzipSync(bytes)),
  ZSTD: (bytes: Uint8Array) => new Uint8Array(zstdDecompressSync(bytes)),
};
const UNIT_DIGITS: Readonly<Record<string, number>> = {
  MILLIS: 3,
  MICROS: 6,
  NANOS: 9,
};
/** So many rows make a chunk at most. */
const ROWS_AT_ONCE = 1000;
/** Of one row group, are decoded together: fewer means decoding its pages more often. */
const MOST_DECODED_ROWS = 20_000;
/** Decoded, values take a multiple of this. */
const MOST_DECODED_BYTES = 16 * 1024 * 1024;

/** A whole file whose bytes can be had from any place. */
export interface WholeFile {
  readonly sizeBytes: number;
  read(offset: number, lengthBytes: number): Uint8Array<ArrayBuffer>;
}

/** What a reader needs. */
export interface ParquetOptions {
  readonly origin: Origin;
  readonly table: string;
  readonly schemas: FittingSchemas;
  /** As many rows as this were handed out by an earlier run. */
  readonly rowsBefore: number;
}

/** See {@link FileReader}; its offset counts rows. */
export class ParquetReader implements FileReader {
  /** Of the file itself, whose end has its schema and all places. */
  readonly tail: Tail;
  readonly #file: WholeFile;
  readonly #options: ParquetOptions;
  readonly #metadata: FileMetaData;
  readonly #columns: readonly Column[];
  readonly #schema: TableSchema;
  readonly #groupEnds: readonly number[];
  readonly #encoder = new TextEncoder();
  /** Decoded and not handed out. */
  #rows: Record<string, unknown>[] = [];
  #offset: number;

  private constructor(
    file: WholeFile,
    metadata: FileMetaData,
    options: ParquetOptions,
  ) {
    this.#file = file;
    this.#metadata = metadata;
    this.#options = options;
    this.#offset = options.rowsBefore;
    this.#columns = columnsOf(metadata);
    const fields = this.#columns.map(({ field }) => field);
    this.#schema = { table: options.table, fields };
    let end = 0;
    this.#groupEnds = metadata.row_groups
      .map(({ num_rows }) => end += Number(num_rows));
    this.tail = endOf(file);
  }

  /** @throws {FinalError} `file.parquet_damaged` */
  static async open(
    file: WholeFile,
    options: ParquetOptions,
  ): Promise<ParquetReader> {
    const { origin } = options;
    const metadata = await parquetMetadataAsync(bufferOf(file))
      .catch((error) => Promise.reject(damaged(origin, error)));
    return new ParquetReader(file, metadata, options);
  }

  get offset(): number {
    return this.#offset;
  }

  get line(): number {
    return this.#offset + 1;
  }

  async next(): Promise<Chunk | undefined> {
    if (this.#rows.length === 0) this.#rows = await this.#decode();
    if (this.#rows.length === 0) return undefined;
    const rows = this.#rows.splice(0, ROWS_AT_ONCE);
    const text = rows.map((row, at) => this.#line(row, this.line + at)).join(
      "",
    );
    this.#offset += rows.length;
    const schema = this.#options.schemas.fitting(this.#schema);
    return {
      lines: this.#encoder.encode(text),
      lineCount: rows.length,
      ...(schema === undefined ? {} : { schema }),
    };
  }

  /** The next rows of a group; none at the end. */
  async #decode(): Promise<Record<string, unknown>[]> {
    const group = this.#groupEnds.findIndex((end) => end > this.#offset);
    if (group < 0) return [];
    const { num_rows, total_byte_size } = this.#metadata.row_groups[group];
    const rowBytes = Math.max(1, Number(total_byte_size) / Number(num_rows));
    const fitting = Math.ceil(MOST_DECODED_BYTES / rowBytes);
    const rowEnd = Math.min(
      this.#offset + Math.min(MOST_DECODED_ROWS, fitting),
      this.#groupEnds[group],
    );
    try {
      return await parquetReadObjects({
        file: bufferOf(this.#file),
        metadata: this.#metadata,
        compressors: COMPRESSORS,
        parsers: PARSERS,
        utf8: false, // bytes stay bytes, where no type says that they are text
        rowStart: this.#offset,
        rowEnd,
      });
    } catch (error) {
      throw damaged(this.#options.origin, error);
    }
  }

  #line(row: Record<string, unknown>, count: number): string {
    const { origin, table } = this.#options;
    const head = origin.head("row", count, table);
    return `{"data":${
      textOf(row, this.#columns)
    },"metadata":${head}${count}}}\n`;
  }
}

function bufferOf(file: WholeFile) {
  return {
    byteLength: file.sizeBytes,
    slice: (from: number, to = file.sizeBytes) =>
      file.read(from, to - from).buffer,
  };
}

function endOf(file: WholeFile): Tail {
  const tail = new Tail();
  const from = Math.max(0, file.sizeBytes - TAIL_BYTES);
  tail.push(file.read(from, file.sizeBytes - from));
  return tail;
}

function damaged({ name, configKey: key }: Origin, error: unknown): FinalError {
  if (error instanceof FinalError) return error;
  return new FinalError(
    "file.parquet_damaged",
    `cannot read ${JSON.stringify(name)} as Parquet: ` +
      (error as Error).message,
    { cause: error, key, hint: "is it whole, and is it Parquet?" },
  );
}

interface Column {
  readonly field: SchemaField;
  readonly read: (value: unknown) => Json;
}

function textOf(
  row: Record<string, unknown>,
  columns: readonly Column[],
): string {
  const values = columns.map(({ field: { name }, read }) => {
    const value = row[name];
    return [name, value === null || value === undefined ? null : read(value)];
  });
  return JSON.stringify(Object.fromEntries(values));
}

/** Times in lists and groups; those of columns keep their zone. */
const PARSERS = {
  timestampFromMilliseconds: (count: bigint) => timestamp(count, 3, true),
  timestampFromMicroseconds: (count: bigint) => timestamp(count, 6, true),
  timestampFromNanoseconds: (count: bigint) => timestamp(count, 9, true),
  dateFromDays: (days: number) => dateOf(days),
} as unknown as Parameters<typeof parquetReadObjects>[0]["parsers"];

/** The children of the root, whose own types are kept from being converted. */
function columnsOf({ schema }: FileMetaData): Column[] {
  const columns: Column[] = [];
  for (let at = 1; at < schema.length; at = behind(schema, at)) {
    const element = schema[at];
    columns.push(
      element.num_children ? nested(element.name) : leaf(element),
    );
  }
  return columns;
}

function behind(schema: readonly SchemaElement[], at: number): number {
  let next = at + 1;
  for (let n = 0; n < (schema[at].num_children ?? 0); n++) {
    next = behind(schema, next);
  }
  return next;
}

function nested(name: string): Column {
  return { field: { name, type: "json", nullable: true }, read: plain };
}

function leaf(element: SchemaElement): Column {
  const { name, type, converted_type, logical_type, precision, scale } =
    element;
  const field = (type: SchemaField["type"]) => ({ name, type, nullable: true });
  if (converted_type === "DECIMAL" || logical_type?.type === "DECIMAL") {
    raw(element);
    return {
      field: { ...field("decimal"), precision, scale: scale ?? 0 },
      read: (value) => decimalText(value, scale ?? 0),
    };
  }
  const unit = (logical_type as { unit?: string } | undefined)?.unit ??
    /_(MILLIS|MICROS)$/.exec(converted_type ?? "")?.[1];
  const digits = UNIT_DIGITS[unit ?? ""] ?? 6;
  if (
    logical_type?.type === "TIMESTAMP" ||
    /^TIMESTAMP/.test(converted_type ?? "")
  ) {
    const hasZone = logical_type?.type === "TIMESTAMP"
      ? logical_type.isAdjustedToUTC
      : true;
    raw(element);
    return {
      field: field(hasZone ? "timestamptz" : "timestamp"),
      read: (value) => timestamp(BigInt(value as bigint), digits, hasZone),
    };
  }
  if (logical_type?.type === "TIME" || /^TIME_/.test(converted_type ?? "")) {
    raw(element);
    return {
      field: field("time"),
      read: (value) =>
        timestamp(BigInt(value as bigint), digits, false).slice(11),
    };
  }
  if (converted_type === "DATE") return { field: field("date"), read: plain };
  if (logical_type?.type === "UUID") {
    return { field: field("uuid"), read: plain };
  }
  if (type === "BOOLEAN") return { field: field("boolean"), read: plain };
  if (type === "FLOAT") return { field: field("float32"), read: plain };
  if (type === "DOUBLE") return { field: field("float64"), read: plain };
  if (type === "INT32" || type === "INT64") {
    const isUnsigned = converted_type?.startsWith("UINT_") ?? false;
    const bits = /\d+$/.exec(converted_type ?? type)![0];
    const kind = `${isUnsigned ? "uint" : "int"}${bits}`;
    return { field: field(kind as SchemaField["type"]), read: plain };
  }
  const isText = converted_type === "UTF8" || logical_type?.type === "STRING" ||
    converted_type === "ENUM";
  return { field: field(isText ? "string" : "bytes"), read: plain };
}

/** The library would make doubles and milliseconds of it. */
function raw(element: SchemaElement): void {
  element.converted_type = undefined;
  element.logical_type = undefined;
}

/** Unscaled digits, as a number or as bytes, the first one first. */
function decimalText(value: unknown, scale: number): string {
  const unscaled = value instanceof Uint8Array
    ? BigInt.asIntN(
      8 * value.length,
      value.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n),
    )
    : BigInt(value as bigint);
  const sign = unscaled < 0n ? "-" : "";
  const digits = String(unscaled < 0n ? -unscaled : unscaled)
    .padStart(scale + 1, "0");
  return scale === 0
    ? sign + digits
    : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function timestamp(count: bigint, digits: number, hasZone: boolean): string {
  const factor = 10n ** BigInt(digits);
  const seconds = count >= 0n
    ? count / factor
    : -((-count + factor - 1n) / factor);
  const fraction = String(count - seconds * factor).padStart(digits, "0");
  const iso = new Date(Number(seconds) * 1000).toISOString().slice(0, -5);
  return `${iso}.${fraction}${hasZone ? "Z" : ""}`;
}

function dateOf(days: number): string {
  return new Date(days * 86_400_000).toISOString().slice(0, -14);
}

/** Any value as JSON, with all its digits. */
function plain(value: unknown): Json {
  if (typeof value === "bigint") return exactInteger(value);
  if (typeof value === "number") return exactFloat(value);
  if (value instanceof Uint8Array) return exactBytes(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) {
    return (value ?? null) as Json;
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, plain(inner)]),
  );
}
