/**
 * The keys of `output { provider = "file" config { … } }`.
 *
 * @module
 */

import {
  boolean,
  type Config,
  type ConfigProblem,
  duration,
  type HoldLimits,
  list,
  oneOf,
  size,
  string,
} from "@dstream/sdk";
import { COMPRESSIONS, WRITTEN_FORMATS } from "../../formats/mod.ts";
import { checkNames, NameTemplate, TEMPLATE_NAMES } from "./name_template.ts";

const MIB = 1024 * 1024;
/** Of Parquet, where nothing is said. */
const WHOLE_FILE_BYTES = 128 * MIB;
/** JSON is so many times as long as Parquet, or less. */
const HELD_FILES = 32;
const MOST_HELD_ENVELOPES = 10_000_000;

const ONE_CHARACTER = {
  // deno-lint-ignore no-control-regex
  regexp: /^[\x01-\x09\x0b\x0c\x0e-\x21\x23-\x7f]$/,
  says: "must be one ASCII character that is no quote and ends no line",
};

/** The keys, for the parser, the types and the reference page. */
export const config = {
  path: string({
    doc:
      "The file, relative to the configuration's folder; folders are made. " +
      `May hold ${TEMPLATE_NAMES.map((name) => `{${name}}`).join(" ")}: the ` +
      "time (UTC) the file is begun, and a number. With {seq}, files are " +
      "written as NAME.part and get their name when they are finished",
    example: "out/orders-{date}-{seq}.jsonl",
  }),
  format: oneOf(WRITTEN_FORMATS, {
    doc:
      "jsonl: the data of each envelope on a line; envelopes: the lines as " +
      "they come; csv and tsv: the data's keys as columns; parquet: typed " +
      "columns, from the schemas that the input sends. Left out, the file's " +
      "name says so (.csv, .tsv, .parquet), else jsonl",
    optional: true,
    example: "jsonl",
  }),
  compression: oneOf(COMPRESSIONS, {
    doc:
      "Left out, a name that ends in .gz means gzip, one in .zst zstd, and " +
      "the pages of parquet have zstd; snappy is for parquet alone",
    optional: true,
    example: "gzip",
  }),
  maxBytes: size({
    doc: "Finish a file before it grows larger; needs {seq} in path. Of " +
      "parquet, left out, 128MiB",
    optional: true,
    min: 1,
    example: "256MiB",
  }),
  maxAge: duration({
    doc: "Finish a file so long after it was begun; needs {seq} in path",
    optional: true,
    min: 1000,
    example: "1h",
  }),
  columns: list(string({ doc: "A key of the data" }), {
    doc:
      "csv and tsv: the keys that become columns, in this order; left out, " +
      "those of the file's header, or of the first envelope",
    optional: true,
    minItems: 1,
    example: ["id", "customer", "total"],
  }),
  inferColumns: boolean({
    doc: "parquet: columns are guessed from the rows of inputs that send no " +
      "schemas. A column is left out until a value of it comes",
    default: false,
  }),
  metadataColumns: list(string({ doc: "A key of the metadata" }), {
    doc: "parquet: metadata that becomes columns, each with an underscore " +
      "before its name",
    optional: true,
    example: ["operation", "position", "timestamp"],
  }),
  delimiter: string({
    doc: "csv and tsv: what separates fields; left out, a comma or a tab",
    optional: true,
    pattern: ONE_CHARACTER,
    example: ";",
  }),
  flushInterval: duration({
    doc:
      "gzip and zstd: envelopes are gathered so long (while few come), since what is " +
      "compressed together gets smaller; they are acknowledged after that",
    default: "1s",
    max: 10_000,
  }),
};

/** What the code reads. */
export type FileConfig = Config<typeof config>;

/** The format a config means. */
export function formatOf(
  { format, path }: Pick<FileConfig, "format" | "path">,
): typeof WRITTEN_FORMATS[number] {
  if (format !== undefined) return format;
  const extension = /\.(csv|tsv|parquet)(?:\.gz|\.zst)?$/i.exec(path)?.[1]
    .toLowerCase();
  return extension as "csv" | "tsv" | "parquet" | undefined ?? "jsonl";
}

/** How files are compressed as a whole. */
export function packingOf(
  { compression, path }: FileConfig,
): "gzip" | "zstd" | undefined {
  if (compression === undefined) {
    return /\.gz$/i.test(path)
      ? "gzip"
      : /\.zst$/i.test(path)
      ? "zstd"
      : undefined;
  }
  return compression === "gzip" || compression === "zstd"
    ? compression
    : undefined;
}

/** How the pages of Parquet are compressed. */
export function pageCompressionOf(
  { compression = "zstd" }: FileConfig,
): typeof COMPRESSIONS[number] {
  return compression;
}

/** When a file of Parquet is finished. */
export function wholeFileBytes(
  { maxBytes = WHOLE_FILE_BYTES }: FileConfig,
): number {
  return maxBytes;
}

/** How much is kept back until a file of Parquet is whole. */
export function holdOf(config: FileConfig): HoldLimits | undefined {
  if (formatOf(config) !== "parquet") return undefined;
  return {
    bytes: HELD_FILES * Math.max(MIB, wholeFileBytes(config)),
    envelopes: MOST_HELD_ENVELOPES,
    // Age is watched by the output itself; this is for when it can't.
    delayMs: 2 * (config.maxAge ?? DAY_MS),
  };
}

const DAY_MS = 86_400_000;

/** Mistakes that no single key can see. */
export function* check(values: FileConfig): Generator<ConfigProblem> {
  const { path, maxBytes, maxAge, compression } = values;
  const problems = [...checkNames(path)];
  yield* problems;
  if (problems.length > 0) return;
  if (/[/\\]$/.test(path)) {
    yield {
      path: "config.path",
      message: "path must name a file, not a folder",
    };
  }
  if (!new NameTemplate(path).hasSequence) {
    for (const [key, value] of [["max_bytes", maxBytes], ["max_age", maxAge]]) {
      if (value === undefined) continue;
      yield {
        path: `config.${key}`,
        message: `${key} needs {seq} in path, so that each file has a name`,
        hint: `for example ${JSON.stringify(withSequence(path))}`,
      };
    }
  }
  const ending = /\.(gz|zst)$/i.exec(path)?.[0];
  if (compression === "none" && ending !== undefined) {
    yield {
      path: "config.compression",
      message: `compression = "none" doesn't fit a path that ends in ${ending}`,
    };
  }
  yield* checkFormatKeys(values);
  yield* checkParquet(values);
}

function* checkParquet(values: FileConfig): Generator<ConfigProblem> {
  const { path, compression } = values;
  if (formatOf(values) !== "parquet") {
    if (compression !== "snappy") return;
    yield {
      path: "config.compression",
      message: 'compression = "snappy" is for parquet alone',
    };
    return;
  }
  if (!new NameTemplate(path).hasSequence) {
    yield {
      path: "config.path",
      message: "parquet needs {seq} in path, since a file that is finished " +
        "can't be gone on with",
      hint: `for example ${JSON.stringify(withSequence(path))}`,
    };
  }
}

const TABLES: readonly string[] = ["csv", "tsv"];

function* checkFormatKeys(values: FileConfig): Generator<ConfigProblem> {
  const format = formatOf(values);
  const given: [string, unknown, readonly string[]][] = [
    ["columns", values.columns, TABLES],
    ["delimiter", values.delimiter, TABLES],
    ["infer_columns", values.inferColumns || undefined, ["parquet"]],
    ["metadata_columns", values.metadataColumns, ["parquet"]],
  ];
  for (const [key, value, formats] of given) {
    if (value === undefined || formats.includes(format)) continue;
    yield {
      path: `config.${key}`,
      message: `${key} is for ${formats.join(" and ")}, not for ${format}`,
    };
  }
}

/** `out/orders.jsonl` → `out/orders-{seq}.jsonl` */
function withSequence(path: string): string {
  return path.replace(/((?:\.[a-z]+)*)$/i, "-{seq}$1");
}
