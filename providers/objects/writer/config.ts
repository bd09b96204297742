/**
 * The keys that all outputs to object stores share: what goes into which file, and
 * when a file is full.
 *
 * @module
 */

import {
  boolean,
  type Config,
  type ConfigProblem,
  duration,
  type Feature,
  type HoldLimits,
  integer,
  list,
  map,
  oneOf,
  size,
  string,
} from "@dstream/sdk";
import { checkTemplates } from "@dstream/sdk/service";
import {
  checkColumns,
  COMPRESSIONS,
  type FileOptions,
  WRITTEN_FORMATS,
  type WrittenFormat,
} from "../../formats/mod.ts";
import { checkPrefix, PrefixTemplate } from "../prefix.ts";

const MIB = 1024 * 1024;
/** Of what `hold_bytes` is made when it is left out, by how much formats shrink. */
const HELD_FILES = { packed: 32, plain: 4 };
/** A batch that was just taken, and one long line. */
const HOLD_SPARE_BYTES = 24 * MIB;
const MOST_HELD_ENVELOPES = 10_000_000;

/** The keys. */
export const writerFields = {
  prefix: string({
    doc: "What names of objects begin with, usually folders. May hold " +
      "{date:2006-01-02} (the row's time in UTC, by Go's example; also {date} " +
      "{yyyy} {MM} {dd} {HH}), {metadata.table} and {data.country}: each row " +
      "goes where its own values say",
    default: "",
    minLength: 0,
    datePlaceholder: "{date:LAYOUT}",
    example: "events/{date:2006-01-02}/",
  }),
  format: oneOf(WRITTEN_FORMATS, {
    doc: "jsonl: the data of each envelope on a line, byte for byte; " +
      "envelopes: the lines as they come; csv and tsv: the data's keys as " +
      "columns; parquet: typed columns, from the schemas that the input sends",
    default: "jsonl",
  }),
  compression: oneOf(COMPRESSIONS, {
    doc: "How files are compressed (of parquet: their pages; snappy is for " +
      "parquet alone). Left out, parquet has zstd and all else none",
    optional: true,
    example: "zstd",
  }),
  columns: map(string({ doc: "A type, such as int64 or decimal(19,4)" }), {
    doc:
      "csv, tsv and parquet: the columns with their types, for inputs that " +
      "send no schemas",
    optional: true,
    minItems: 1,
    example: { id: "int64", total: "decimal(19,4)", at: "timestamptz" },
  }),
  inferColumns: boolean({
    doc:
      "csv, tsv and parquet: columns are guessed from the rows where nobody " +
      "says them. A column is left out until a value of it comes",
    default: false,
  }),
  metadataColumns: list(string({ doc: "A key of the metadata" }), {
    doc: "parquet: metadata that becomes columns, each with an underscore " +
      "before its name",
    optional: true,
    example: ["operation", "position", "timestamp"],
  }),
  nested: oneOf(["structs", "json"], {
    doc:
      "parquet: lists and objects with known fields as they are, or as JSON " +
      "text",
    default: "structs",
  }),
  timeUnit: oneOf(["millis", "micros", "nanos"], {
    doc: "parquet: the unit of times; digits beyond it are cut off",
    default: "micros",
  }),
  rowGroupRows: integer({
    doc: "parquet: rows of a row group, or fewer where they are large",
    default: 20_000,
    min: 1,
    max: 1_000_000,
  }),
  keepPartitionColumns: boolean({
    doc:
      "csv, tsv and parquet: whether columns that are key=value folders in " +
      "prefix are in the files too",
    default: false,
  }),
  delimiter: string({
    doc: "csv and tsv: what separates fields; left out, a comma or a tab",
    optional: true,
    minLength: 1,
    example: ";",
  }),
  maxBytes: size({
    doc: "Finish a file when it has grown so large, as it is stored",
    default: 128 * MIB,
    min: 1,
  }),
  maxRows: integer({
    doc: "Finish a file when it has so many rows",
    optional: true,
    min: 1,
    example: 1_000_000,
  }),
  maxAge: duration({
    doc: "Finish a file so long after its first row, also when no more come",
    default: "5m",
    min: 10,
  }),
  holdBytes: size({
    doc: "How much dstream keeps (in memory and, beyond window_bytes, on the " +
      "disk) until the files it belongs to are stored. Beyond it the file with " +
      "the oldest row is finished, however small. Left out: 4 files of " +
      "max_bytes, 32 where they are compressed",
    optional: true,
    min: MIB,
    example: "2GiB",
  }),
  maxOpenFiles: integer({
    doc: "How many files are filled at once; with more folders the one with " +
      "the oldest row is finished first",
    default: 100,
    min: 1,
    max: 10_000,
  }),
  bufferPath: string({
    doc: "The folder for files that are being filled; left out, the system's " +
      "one for temporary files",
    optional: true,
    example: "/var/lib/dstream/buffer",
  }),
  time: string({
    doc: "Where a row says when it happened, for dates in prefix. Left out: " +
      "{metadata.timestamp} where it is there, else the time the row arrives",
    optional: true,
    example: "{data.created_at}",
  }),
  position: string({
    doc:
      "Where a row says its place in the source, which only grows: rows up " +
      "to the last one stored are left out when they come again. Left out: " +
      "the position that changes have",
    optional: true,
    example: "{data.id}",
  }),
  table: string({
    doc: "The table of rows that name none",
    optional: true,
    example: "events",
  }),
  retryTimeout: duration({
    doc: "How long a request is tried again, before the output is started anew",
    default: "5m",
  }),
  abortUploadsAfter: duration({
    doc: "At the start, uploads below prefix that were begun so long ago and " +
      "never finished are ended, since they cost money; 0s: never",
    default: "1h",
  }),
};

/** The values of these keys. */
export type WriterConfig = Config<typeof writerFields>;

/** Mistakes that no single key can see. */
export function* checkWriter(values: WriterConfig): Generator<ConfigProblem> {
  yield* checkPrefix(values.prefix);
  const { time, position } = values;
  yield* checkTemplates({ time, position });
  yield* checkColumns(values.columns);
  yield* checkFormatKeys(values);
}

const TABLES: readonly string[] = ["csv", "tsv", "parquet"];

function* checkFormatKeys(values: WriterConfig): Generator<ConfigProblem> {
  const { format, compression, columns, inferColumns } = values;
  if (compression === "snappy" && format !== "parquet") {
    yield {
      path: "config.compression",
      message: 'compression = "snappy" is for parquet alone',
    };
  }
  const given: [string, unknown, readonly string[]][] = [
    ["columns", columns, TABLES],
    ["infer_columns", inferColumns || undefined, TABLES],
    ["metadata_columns", values.metadataColumns, ["parquet"]],
    ["delimiter", values.delimiter, ["csv", "tsv"]],
  ];
  for (const [key, value, formats] of given) {
    if (value === undefined || formats.includes(format)) continue;
    yield {
      path: `config.${key}`,
      message: `${key} is for ${formats.join(" and ")}, not for ${format}`,
    };
  }
}

const SECOND_DIGITS = { millis: 3, micros: 6, nanos: 9 } as const;

/** How files are written. */
export function fileOptionsOf(config: WriterConfig): FileOptions {
  const { format, nested, timeUnit, rowGroupRows, prefix } = config;
  return {
    format,
    compression: compressionOf(config),
    delimiter: config.delimiter,
    parquet: {
      nested,
      secondDigits: SECOND_DIGITS[timeUnit],
      groupRows: rowGroupRows,
      metadataColumns: config.metadataColumns ?? [],
      without: config.keepPartitionColumns
        ? []
        : new PrefixTemplate(prefix).hiveColumns,
    },
  };
}

function compressionOf(
  { compression, format }: WriterConfig,
): FileOptions["compression"] {
  return compression ?? (format === "parquet" ? "zstd" : "none");
}

/** What all of these outputs say of themselves. */
export const writerTraits = {
  features: ["schema"],
  uses: ({ format }: { readonly format: WrittenFormat }): readonly Feature[] =>
    TABLES.includes(format) ? ["schema"] : [],
} as const;

/** How much the output keeps back. */
export function holdOf(config: WriterConfig): HoldLimits {
  return {
    // The writer itself keeps below it, and never has to be told.
    bytes: heldBytes(config) + HOLD_SPARE_BYTES,
    envelopes: MOST_HELD_ENVELOPES,
    // The writer finishes what is due by itself; this is for when it can't.
    delayMs: 2 * config.maxAge + config.retryTimeout,
  };
}

/** From so much on the oldest file is finished. */
export function heldBytes(config: WriterConfig): number {
  const { holdBytes, maxBytes } = config;
  const isPlain = compressionOf(config) === "none" &&
    config.format !== "parquet";
  const files = isPlain ? HELD_FILES.plain : HELD_FILES.packed;
  return holdBytes ?? Math.max(MIB, files * maxBytes);
}
